# What Weir's own files are compiled with; nothing of it reaches a user's project.
add_library(weir_options INTERFACE)
target_compile_options(weir_options INTERFACE -Wall -Wextra -Wpedantic -fno-plt)

set(WEIR_SANITIZE "" CACHE STRING "-fsanitize= for everything, e.g. address,undefined or thread")
if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()

# g++ warns of variables that may not be initialised where a sanitizer's code comes between; its manual says so.
if(WEIR_SANITIZE)
  target_compile_options(weir_options INTERFACE -Wno-maybe-uninitialized)
endif()
