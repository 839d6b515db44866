// Emitted code against the truth.
#include "Loaded.h"

#include <gtest/gtest.h>
