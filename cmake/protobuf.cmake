# weir_protobuf(TARGET PROTO): compiles a .proto of this tree into generated/<its path>.pb.{h,cc}, which the target builds
# and sees, by the path from the root: #include "log/cluster/metadata.pb.h".
set(WEIR_GENERATED ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${WEIR_GENERATED})
function(weir_protobuf target proto visibility)
  string(REPLACE ".proto" ".pb" stem ${proto})
  set(generated ${WEIR_GENERATED}/${stem}.cc ${WEIR_GENERATED}/${stem}.h)
  add_custom_command(OUTPUT ${generated}
    COMMAND protobuf::protoc --proto_path=${PROJECT_SOURCE_DIR} --cpp_out=${WEIR_GENERATED} ${PROJECT_SOURCE_DIR}/${proto}
    DEPENDS ${PROJECT_SOURCE_DIR}/${proto} VERBATIM)
  target_sources(${target} PRIVATE ${generated})
  set_source_files_properties(${WEIR_GENERATED}/${stem}.cc PROPERTIES COMPILE_OPTIONS "-w" SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(${target} SYSTEM ${visibility} ${WEIR_GENERATED})
endfunction()
