// nn-replay: replays certificates of symmetry against the nn form that they speak of.
#include "Dialect/NN/IR/Form.h"
#include "Dialect/NN/IR/NN.h"
#include "Symmetry/Replay/Replay.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

static int fail(const llvm::Twine &what) {
  llvm::errs() << "nn-replay: " << what << '\n';
  return 1;
}

/// The modules of a file, by their digests.
static bool readForms(llvm::StringRef text, mlir::MLIRContext &context,
                      std::map<std::string, mlir::OwningOpRef<mlir::ModuleOp>> &forms) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, "// -----");
  for (llvm::StringRef part : parts) {
    auto form = mlir::parseSourceString<mlir::ModuleOp>(part, &context);
    if (!form)
      return false;
    std::string digest = nn::digestOf(*form);
    forms[digest] = std::move(form);
  }
  return true;
}

/// "equivariant Force under O(3) for n = 6".
static std::string titleOf(const llvm::json::Object *certificate) {
  std::string title = certificate ? certificate->getString("claim").value_or("").str() : "";
  const llvm::json::Object *sizes = certificate ? certificate->getObject("sizes") : nullptr;
  for (const auto &[index, size] : llvm::enumerate(sizes ? *sizes : llvm::json::Object()))
    title += (index ? ", " : " for ") + size.first.str() + " = " + std::to_string(size.second.getAsInteger().value_or(0));
  return title;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs()
        << "usage: nn-replay CERTIFICATE.json FORM.mlir\n\n"
           "Replays what `nnc check PROGRAM --certificate CERTIFICATE.json` has written. FORM.mlir, which lies\n"
           "beside it, holds what is claimed; made anew from a program, it tells whether the certificate is\n"
           "one of that program. The exit status is 0 if every certificate holds.\n";
    return 2;
  }
  auto claims = llvm::MemoryBuffer::getFile(argv[1]), text = llvm::MemoryBuffer::getFile(argv[2]);
  if (!claims || !text)
    return fail(llvm::Twine("cannot read `") + argv[claims ? 2 : 1] + "`");
  mlir::DialectRegistry registry;
  registry.insert<nn::NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  std::map<std::string, mlir::OwningOpRef<mlir::ModuleOp>> forms;
  auto certificates = llvm::json::parse((*claims)->getBuffer());
  if (!certificates || !certificates->getAsArray())
    return fail(certificates ? "there is no list of certificates" : llvm::toString(certificates.takeError()));
  if (!readForms((*text)->getBuffer(), context, forms))
    return fail("the nn form cannot be read");
  int status = 0;
  for (const llvm::json::Value &each : *certificates->getAsArray()) {
    const llvm::json::Object *object = each.getAsObject();
    auto form = forms.find(object ? object->getString("form").value_or("").str() : "");
    std::string wrong = form == forms.end() ? "the nn form is another one" : nn::replay::replay(each, *form->second);
    llvm::outs() << titleOf(object) << ": " << (wrong.empty() ? "replayed" : "rejected: " + wrong) << '\n';
    status |= !wrong.empty();
  }
  return status;
}
