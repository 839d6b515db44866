// nn-replay: replays certificates of symmetry against the nn form that they speak of.
#include "Dialect/NN/IR/Form.h"
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

int main(int argc, char **argv) {
  if (argc != 3) {
    llvm::errs()
        << "usage: nn-replay CERTIFICATE.json FORM.mlir\n\n"
           "Replays what `nnc check PROGRAM --certificate CERTIFICATE.json` has written. FORM.mlir, which lies\n"
           "beside it, holds what is claimed; made anew from a program, it tells whether the certificate is\n"
           "one of that program. The exit status is 0 if every certificate holds.\n";
    return 2;
  }
  auto certificates = llvm::MemoryBuffer::getFile(argv[1]), text = llvm::MemoryBuffer::getFile(argv[2]);
  if (!certificates || !text)
    return fail(llvm::Twine("cannot read `") + argv[certificates ? 2 : 1] + "`");
  mlir::DialectRegistry registry;
  registry.insert<nn::NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry);
  std::map<std::string, mlir::OwningOpRef<mlir::ModuleOp>> forms;
  auto read = nn::replay::readCertificates((*certificates)->getBuffer());
  if (!read)
    return fail(llvm::toString(read.takeError()));
  if (!readForms((*text)->getBuffer(), context, forms))
    return fail("the nn form cannot be read");
  int status = 0;
  for (const nn::replay::Certificate &each : *read) {
    auto form = forms.find(each.form);
    std::string wrong = form == forms.end() ? "the nn form is another one" : nn::replay::replay(each, *form->second);
    std::string sizes;
    for (const auto &[name, size] : each.sizes)
      sizes += (sizes.empty() ? " for " : ", ") + name + " = " + std::to_string(size);
    llvm::outs() << each.claim << sizes << ": " << (wrong.empty() ? "replayed" : "rejected: " + wrong) << '\n';
    status |= !wrong.empty();
  }
  return status;
}
