// The connectors that come with Weir.
#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/connectors/generate/generate_source.h"
#include "connect/connectors/http/http_poll_source.h"
#include "connect/connectors/http/http_server_source.h"
#include "connect/connectors/http/http_sink.h"
#include "connect/connectors/mqtt/mqtt_connectors.h"
#include "connect/connectors/postgres/postgres_connectors.h"
#include "connect/connectors/postgres_changes/change_source.h"
#include "connect/connectors/redis/redis_connectors.h"
#include "connect/connectors/sqlite/sqlite_connectors.h"
#include "connect/connectors/standard/stdin_source.h"
#include "connect/connectors/standard/stdout_sink.h"
#include "connect/contracts/connector_class.h"

namespace weir::connect {

namespace {

constexpr ConnectorClass (*kBuiltIn[])() = {
    file_source_class,         //
    file_sink_class,           //
    generate_class,            //
    stdin_class,               //
    stdout_class,              //
    http_poll_class,           //
    http_server_class,         //
    http_sink_class,           //
    sqlite_sink_class,         //
    sqlite_source_class,       //
    postgres_sink_class,       //
    postgres_source_class,     //
    postgres_changes_class,    //
    postgres_outbox_class,     //
    sqlite_publisher_class,    //
    postgres_publisher_class,  //
    mqtt_source_class,         //
    mqtt_sink_class,           //
    redis_source_class,        //
    redis_sink_class,
};

}  // namespace

ConnectorClasses::ConnectorClasses() {
  for (const auto make : kBuiltIn) classes_.push_back(make());
}

}  // namespace weir::connect
