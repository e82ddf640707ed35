"""<stem>.h: the structs of a schema file, with every field at its default, and their codecs' declarations."""
import re

from . import cpp_types
from .schema import EVER, MAX_VERSION


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def text_of(versions):
    if versions.last == MAX_VERSION:
        return f"{versions.first}+"
    return str(versions.first) if versions.first == versions.last else f"{versions.first}-{versions.last}"


def remark(field):
    parts = []
    if field.versions != EVER:
        parts.append(f"versions {text_of(field.versions)}")
    if field.nullable and field.nullable != EVER:
        parts.append(f"null in {text_of(field.nullable)}")
    return f"  // {', '.join(parts)}" if parts else ""


def members(struct, indent):
    for field in struct.fields:
        yield f"{indent}{cpp_types.field_type(field)} {field.name}{cpp_types.initializer(field)};{remark(field)}"
    if not struct.contains_records():
        yield f"{indent}bool operator==(const {struct.name}&) const = default;"


def struct_lines(file, message):
    yield f"struct {message.name} {{"
    if file.api:
        yield f"  static constexpr ApiKey kApiKey = ApiKey::{snake(file.api[1])};"
    yield f"  static constexpr std::int16_t kMinVersion = {message.versions.first};"
    yield f"  static constexpr std::int16_t kMaxVersion = {message.versions.last};"
    yield f"  static constexpr std::int16_t kFirstFlexibleVersion = {message.first_flexible};"
    if file.api and message.name.endswith("Request"):
        yield f"  using Response = {file.api[1]}Response;"
    yield ""
    for struct in message.structs:
        yield f"  struct {struct.name} {{"
        yield from members(struct, "    ")
        yield "  };"
    if message.structs:
        yield ""
    yield from members(message.fields, "  ")
    yield "};"
    yield ""


def header(file):
    yield "#pragma once"
    yield ""
    if file.api:
        yield '#include "log/wire/messages/api_key.h"'
    elif any(field.type == "ApiKey" for message in file.messages for field in message.fields.fields):
        yield '#include "log/wire/messages/api_key.h"'
    yield '#include "log/wire/field_types.h"'
    yield ""
    yield "namespace weir::log::wire {"
    yield ""
    for message in reversed(file.messages) if file.api else file.messages:
        yield from struct_lines(file, message)
    for message in file.messages:
        yield f"Result<> encode(const {message.name}& message, std::int16_t version, MessageWriter& out);"
        yield f"Result<> decode({message.name}& message, std::int16_t version, MessageReader& in);"
    yield ""
    yield "}  // namespace weir::log::wire"
