# cmake -D FROM=<source tree> -D TO=<include folder> -D HEADERS="a.h;b.h" -P install_headers.cmake
#
# Installs HEADERS and what they include, nothing else, under TO/weir. Inside the tree a header is included from the
# root ("log/base/bytes.h"); installed, every such include is rewritten to match ("weir/log/base/bytes.h"), so that
# nothing of ours can be mistaken for a user's file. TO/weir/<name> are the ones that a user writes.
cmake_policy(VERSION 3.25)  # it runs outside the project
set(waiting ${HEADERS})
set(installed "")
while(waiting)
  list(POP_FRONT waiting header)
  if(header IN_LIST installed)
    continue()
  endif()
  list(APPEND installed ${header})
  file(READ "${FROM}/${header}" text)
  string(REGEX MATCHALL "#include \"(log|streams|connect)/[^\"]*\"" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"([^\"]*)\"" "\\1" include "${include}")
    list(APPEND waiting ${include})
  endforeach()
  string(REGEX REPLACE "#include \"(log|streams|connect)/" "#include \"weir/\\1/" text "${text}")
  file(WRITE "${TO}/weir/${header}" "${text}")
endwhile()
foreach(header IN LISTS HEADERS)
  cmake_path(GET header FILENAME name)
  file(WRITE "${TO}/weir/${name}" "#pragma once\n#include \"weir/${header}\"\n")
endforeach()
list(LENGTH installed count)
message(STATUS "Installed: ${count} headers under ${TO}/weir")
