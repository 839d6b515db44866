// The registry keeps its conventions: codes are unique and in their room's file, sentences follow the style.
#include "Diagnostics/Kinds.h"
#include <cctype>
#include <gtest/gtest.h>
#include <set>

using namespace nn;

TEST(Registry, codesAreUniqueAndWellFormed) {
  std::set<std::string> codes;
  for (const diag::KindInfo &kind : diag::allKinds()) {
    EXPECT_TRUE(codes.insert(kind.code.str()).second) << kind.code.str();
    EXPECT_EQ(kind.code.size(), 6u) << kind.code.str();
    EXPECT_TRUE(kind.code.starts_with("NN")) << kind.code.str();
  }
}

TEST(Registry, sentencesAreLowerCaseWithoutFinalPeriod) {
  for (const diag::KindInfo &kind : diag::allKinds()) {
    ASSERT_FALSE(kind.message.empty());
    EXPECT_FALSE(std::isupper(kind.message.front())) << kind.code.str();
    EXPECT_NE(kind.message.back(), '.') << kind.code.str();
  }
}

TEST(Registry, everyKindIsExplained) {
  for (const diag::KindInfo &kind : diag::allKinds())
    EXPECT_GE(kind.explanation.trim().size(), 60u) << kind.code.str();
}

TEST(Registry, isSearchedByCodeInEitherCase) {
  ASSERT_NE(diag::findKind("nn0201"), nullptr);
  EXPECT_EQ(diag::findKind("NN0201")->name, "UnknownName");
  EXPECT_EQ(diag::findKind("NN9999"), nullptr);
}
