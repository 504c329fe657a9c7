# hornbeam_add_isa_kernels(target): compiles simd/kernels.cpp once per instruction set.
#
# Each level is an object library of its own flags. The source exports one symbol, its kernel table, so that
# no inline function compiled for a newer CPU can win at link time over its baseline twin (tests/simd/test_symbols.py).
set(HORNBEAM_ISA_LEVELS base)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  list(APPEND HORNBEAM_ISA_LEVELS avx2 avx512)
endif()
set(HORNBEAM_ISA_FLAGS_base "")
set(HORNBEAM_ISA_FLAGS_avx2 -mavx2 -mfma -mbmi2)
set(HORNBEAM_ISA_FLAGS_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mbmi2 -mprefer-vector-width=512)

function(hornbeam_add_isa_kernels target)
  foreach(level IN LISTS HORNBEAM_ISA_LEVELS)
    add_library(hornbeam_kernels_${level} OBJECT simd/kernels.cpp)
    target_link_libraries(hornbeam_kernels_${level} PRIVATE hornbeam_options)
    target_compile_definitions(hornbeam_kernels_${level} PRIVATE HORNBEAM_LEVEL=${level})
    target_compile_options(hornbeam_kernels_${level} PRIVATE -O3 -fno-exceptions -fno-rtti -fno-math-errno -fno-trapping-math
                                                             ${HORNBEAM_ISA_FLAGS_${level}})
    # INTERFACE: an object library hands only its own objects on, so whoever links it takes these itself.
    target_sources(${target} INTERFACE $<TARGET_OBJECTS:hornbeam_kernels_${level}>)
    string(TOUPPER ${level} upper)
    target_compile_definitions(${target} PRIVATE HORNBEAM_HAS_${upper})
  endforeach()
endfunction()
