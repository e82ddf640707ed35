"""<stem>_fields.h: the fields of each struct by name, for whoever shows, reads or compares messages as text.

every_message.h: one function over all messages, and api_key.h: the table of the APIs.
"""
import re

from . import cpp_types
from .codecs import condition, qualified
from .structs import snake


def camel(name):
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def visit_struct(struct, message):
    name = qualified(message, struct)
    yield "template <class Value, class Visitor>"
    yield f"  requires std::same_as<std::remove_const_t<Value>, {name}>"
    yield "void visit_fields(Value& value, [[maybe_unused]] std::int16_t version, Visitor& visitor) {"
    for field in struct.fields:
        value = f"value.{field.name}"
        if field.type == "bytes":  # the same type as a string in C++, but not text
            line = f'visitor.bytes("{camel(field.name)}", {value});'
        elif field.tag is None:
            line = f'visitor.field("{camel(field.name)}", {value});'
        else:
            line = f'visitor.tagged("{camel(field.name)}", {value}, {cpp_types.differs(field, value)});'
        carried = condition(field.versions, message)
        yield f"  if ({carried}) {line}" if carried else f"  {line}"
    yield "}"
    yield ""


def fields_header(file):
    yield "#pragma once"
    yield ""
    yield "#include <concepts>"
    yield ""
    yield f'#include "log/wire/messages/{file.stem}.h"'
    yield ""
    yield "namespace weir::log::wire {"
    yield ""
    for message in file.messages:
        for struct in [*message.structs, message.fields]:
            yield from visit_struct(struct, message)
    yield "}  // namespace weir::log::wire"


def apis(files):
    return sorted((file for file in files if file.api), key=lambda file: file.api[0])


def api_key_header(files):
    yield "// ApiKey: which request a frame holds; kApis: what there is to say about each."
    yield "#pragma once"
    yield ""
    yield "#include <cstdint>"
    yield "#include <string_view>"
    yield ""
    yield "namespace weir::log::wire {"
    yield ""
    yield "enum class ApiKey : std::int16_t {  // on the wire: do not renumber"
    for file in apis(files):
        yield f"  {snake(file.api[1])} = {file.api[0]},"
    yield "};"
    yield ""
    yield "struct ApiRow {"
    yield "  ApiKey key;"
    yield "  std::string_view name;"
    yield "  std::int16_t min_version;"
    yield "  std::int16_t max_version;"
    yield "  std::int16_t first_flexible_version;"
    yield "};"
    yield ""
    yield "inline constexpr ApiRow kApis[] = {"
    for file in apis(files):
        message = file.messages[0]
        versions = f"{message.versions.first}, {message.versions.last}, {message.first_flexible}"
        yield f'    {{ApiKey::{snake(file.api[1])}, "{file.api[1]}", {versions}}},'
    yield "};"
    yield ""
    yield "// nullptr for an API that is not known."
    yield "constexpr const ApiRow* find_api(ApiKey key) {"
    yield "  for (const auto& row : kApis) {"
    yield "    if (row.key == key) return &row;"
    yield "  }"
    yield "  return nullptr;"
    yield "}"
    yield ""
    yield "}  // namespace weir::log::wire"


def every_message_header(files):
    yield "// All messages: `use.template operator()<Request>()` for an API, and the same for data messages by name."
    yield "#pragma once"
    yield ""
    for file in sorted(files, key=lambda file: file.stem):
        yield f'#include "log/wire/messages/{file.stem}_fields.h"'
    yield ""
    yield "namespace weir::log::wire {"
    yield ""
    yield "// False if the API is not known."
    yield "template <class Use>"
    yield "bool with_request_type(ApiKey key, Use use) {"
    yield "  switch (key) {"
    for file in apis(files):
        yield f"    case ApiKey::{snake(file.api[1])}:"
        yield f"      use.template operator()<{file.api[1]}Request>();"
        yield "      return true;"
    yield "  }"
    yield "  return false;"
    yield "}"
    yield ""
    yield "// False if there is no such message."
    yield "template <class Use>"
    yield "bool with_data_type(std::string_view name, Use use) {"
    for file in files:
        for message in [] if file.api else file.messages:
            yield f'  if (name == "{message.name}") {{'
            yield f"    use.template operator()<{message.name}>();"
            yield "    return true;"
            yield "  }"
    yield "  return false;"
    yield "}"
    yield ""
    yield "}  // namespace weir::log::wire"
