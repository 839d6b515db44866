# How this project builds: warning flags, sanitizers, compiler cache, and one function to declare a library.
option(NOETHER_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(NOETHER_WERROR "Treat warnings as errors" ON)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(noether_flags INTERFACE)
target_compile_options(noether_flags INTERFACE -Wall -Wextra -Wno-unused-parameter
  # libstdc++ 12 calls std::get_temporary_buffer, which it deprecates itself, in std::stable_sort.
  -Wno-deprecated-declarations $<$<BOOL:${NOETHER_WERROR}>:-Werror>)
if(NOETHER_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr,function -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=address,undefined)
endif()

# noether_library(NAME SOURCES a.cpp ... [LINK lib ...] [DEPENDS target ...])
# A static library of the compiler. Its public link list is its place in the layering: data flows down
# (Frontend, dialect, kernels, target), and a library links only what lies below it.
function(noether_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/compiler ${PROJECT_BINARY_DIR}/compiler ${PROJECT_SOURCE_DIR}/runtime/include)
  target_link_libraries(${name} PRIVATE noether_flags PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()
