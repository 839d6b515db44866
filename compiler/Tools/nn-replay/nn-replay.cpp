// nn-replay: replays certificates of symmetry against the nn form that they speak of.
#include "Dialect/NN/IR/Form.h"
#include "Dialect/NN/IR/NN.h"
#include "Symmetry/Replay/Replay.h"

#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

static int fail(const llvm::Twine &what) {
  llvm::errs() << "nn-replay: " << what << '\n';
  return 1;
}

/// "equivariant Force under O(3) for n = 6".
static std::string titleOf(const llvm::json::Object &certificate) {
  std::map<std::string, int64_t> sizes;
  for (const auto &[name, size] :
       certificate.getObject("sizes") ? *certificate.getObject("sizes") : llvm::json::Object())
    sizes[name.str()] = size.getAsInteger().value_or(0);
  std::string title = certificate.getString("claim").value_or("").str();
  for (const auto &[name, size] : sizes)
    title += (name == sizes.begin()->first ? " for " : ", ") + name + " = " + std::to_string(size);
  return title;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return fail("usage: nn-replay CERTIFICATE.json FORM.mlir\n\n"
                "Replays what `nnc check PROGRAM --certificate CERTIFICATE.json` has written. FORM.mlir, which lies\n"
                "beside it, holds what is claimed; made anew from a program, it tells whether the certificate is one\n"
                "of that program. The exit status is 0 if every certificate holds.");
  auto claims = llvm::MemoryBuffer::getFile(argv[1]), text = llvm::MemoryBuffer::getFile(argv[2]);
  if (!claims || !text)
    return fail(llvm::Twine("cannot read `") + argv[claims ? 2 : 1] + "`");
  auto certificates = llvm::json::parse((*claims)->getBuffer());
  if (!certificates || !certificates->getAsArray())
    return fail(certificates ? "there is no list of certificates" : llvm::toString(certificates.takeError()));
  mlir::DialectRegistry registry;
  registry.insert<nn::NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  std::map<std::string, mlir::OwningOpRef<mlir::ModuleOp>> forms; // by their digests
  for (llvm::StringRef part : llvm::split((*text)->getBuffer(), "// -----")) {
    auto form = mlir::parseSourceString<mlir::ModuleOp>(part, &context);
    if (!form)
      return fail("the nn form cannot be read");
    forms.try_emplace(nn::digestOf(*form), std::move(form));
  }
  int status = 0;
  for (const llvm::json::Value &each : *certificates->getAsArray()) {
    llvm::json::Object certificate = each.getAsObject() ? *each.getAsObject() : llvm::json::Object();
    auto form = forms.find(certificate.getString("form").value_or("").str());
    std::string wrong =
        form == forms.end() ? "the nn form is another one" : nn::replay::replay(certificate, *form->second);
    llvm::outs() << titleOf(certificate) << ": " << (wrong.empty() ? "replayed" : "rejected: " + wrong) << '\n';
    status |= !wrong.empty();
  }
  return status;
}
