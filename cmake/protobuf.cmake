# log/cluster/metadata.proto becomes generated/log/cluster/metadata.pb.{h,cc}, seen by .cc files of the library only.
set(WEIR_GENERATED ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${WEIR_GENERATED})
protobuf_generate(TARGET weir LANGUAGE cpp PROTOS ${PROJECT_SOURCE_DIR}/log/cluster/metadata.proto
                  IMPORT_DIRS ${PROJECT_SOURCE_DIR} PROTOC_OUT_DIR ${WEIR_GENERATED})
target_include_directories(weir SYSTEM PRIVATE ${WEIR_GENERATED})
set_source_files_properties(${WEIR_GENERATED}/log/cluster/metadata.pb.cc PROPERTIES COMPILE_OPTIONS "-w")
