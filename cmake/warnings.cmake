# hornbeam_options: what every translation unit of ours is compiled with.
find_package(Threads REQUIRED)
add_library(hornbeam_options INTERFACE)
target_include_directories(hornbeam_options INTERFACE ${PROJECT_SOURCE_DIR}/cpp)
target_link_libraries(hornbeam_options INTERFACE Threads::Threads)
# No fused multiply-add may be formed behind our back: the same bits at every SIMD level.
target_compile_options(hornbeam_options INTERFACE -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow)
if(HORNBEAM_WERROR)
  target_compile_options(hornbeam_options INTERFACE -Werror)
endif()
