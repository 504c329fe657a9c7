# Builds that watch the code as it runs: sanitizers, and counts of the lines and branches reached.
if(HORNBEAM_SANITIZE)
  # -O1 and line tables are all that a report needs; more would double the time of a build.
  target_compile_options(hornbeam_options INTERFACE -fsanitize=${HORNBEAM_SANITIZE} -fno-sanitize-recover=all -O1 -g1
                                                    -fno-omit-frame-pointer -D_GLIBCXX_ASSERTIONS)
  target_link_options(hornbeam_options INTERFACE -fsanitize=${HORNBEAM_SANITIZE})
endif()
if(HORNBEAM_COVERAGE)
  # Threads count together. Not inlined, so that a line has one count.
  target_compile_options(hornbeam_options INTERFACE --coverage -fprofile-update=atomic -O1 -fno-inline)
  target_link_options(hornbeam_options INTERFACE --coverage)
endif()
