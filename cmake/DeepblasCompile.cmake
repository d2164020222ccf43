# SPDX-License-Identifier: MIT
#
# How every target of deepblas is compiled: plain C11, POSIX 2008, all warnings.

function(deepblas_compile target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion
    -Wstrict-prototypes -Wmissing-prototypes
    $<$<BOOL:${DEEPBLAS_WERROR}>:-Werror>)
  # On s390x, gcc computes floats as doubles when it is told C11, and not when told nothing.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fexcess-precision=fast)
  endif()
  if(DEEPBLAS_FUZZ)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
    target_compile_options(${target} PRIVATE
      -fsanitize=fuzzer-no-link ${sanitizers} -fno-omit-frame-pointer -g)
    target_link_options(${target} PRIVATE ${sanitizers})
  endif()
endfunction()
