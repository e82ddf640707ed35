# Neighbours are one file to the compiler, up to WEIR_UNITY_FILES of a folder at a time: what they all include, and the
# templates that they all use, are read and made once. It makes a cold build a third of what it was, and a changed file
# costs little more. WEIR_UNITY=OFF compiles each file by itself; the presets dev and clang-checks do.
# Within a folder names are told apart, also those of anonymous namespaces; -Wsubobject-linkage takes each file for a
# header, -Wstringop-overflow and -Warray-bounds of g++ 12 see sizes that cannot be once enough is
# inlined: they mean nothing here, and are heard where files are compiled by themselves.
option(WEIR_UNITY "compile the files of a folder together" ON)
set(WEIR_UNITY_FILES 8)
if(WEIR_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(weir_options INTERFACE -Wno-subobject-linkage -Wno-stringop-overflow -Wno-array-bounds)
endif()

# weir_unity(TARGET [FILES]): of the target's sources, FILES together instead of the usual number.
function(weir_unity target)
  if(NOT WEIR_UNITY)
    return()
  endif()
  set(together ${ARGN})
  if(NOT together)
    set(together ${WEIR_UNITY_FILES})
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    if(NOT DEFINED count_${folder})
      set(count_${folder} 0)
    endif()
    math(EXPR group "${count_${folder}} / ${together}")
    math(EXPR count_${folder} "${count_${folder}} + 1")
    set_property(SOURCE ${source} PROPERTY UNITY_GROUP ${folder}_${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
