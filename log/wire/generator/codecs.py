"""<stem>.cc: straight-line encode and decode of the messages of a schema file."""
from . import cpp_types
from .schema import Range


def condition(versions, message):
    """C++ for "this version carries it"; None where every version does."""
    parts = []
    if versions.first > message.versions.first:
        parts.append(f"version >= {versions.first}")
    if versions.last < message.versions.last:
        parts.append(f"version <= {versions.last}")
    return " && ".join(parts) or None


def qualified(message, struct):
    return message.name if struct is message.fields else f"{message.name}::{struct.name}"


def plain_fields(struct):
    return [field for field in struct.fields if field.tag is None]


def tagged_fields(struct):
    return sorted((field for field in struct.fields if field.tag is not None), key=lambda field: field.tag)


def null_argument(field, message):
    """Where null is allowed, as an argument."""
    allowed = condition(field.nullable, message)
    if allowed is None:
        return "NullAllowed::yes"
    return f"null_allowed({allowed})"


def write_value(field, message, value):
    where = f'"{message.name}.{field.name}"'
    if field.is_array:
        one = "write(element, version, out)" if field.struct else cpp_types.TYPES[field.type].write("element")
        each = f"[&](const auto& element) {{ {one}; }}"
        if field.nullable:
            return f"out.nullable_array({value}, {null_argument(field, message)}, {where}, {each});"
        return f"out.array({value}, {each});"
    if field.struct:
        if field.nullable:
            each = "[&](const auto& present) { write(present, version, out); }"
            return f"out.nullable_struct({value}, {null_argument(field, message)}, {where}, {each});"
        return f"write({value}, version, out);"
    if field.short:
        return f"out.short_string({value});"
    if field.nullable:
        wire = cpp_types.TYPES[field.type].wire
        return f"out.nullable_{wire}({value}, {null_argument(field, message)}, {where});"
    return cpp_types.TYPES[field.type].write(value) + ";"


def read_value(field, message, value):
    where = f'"{message.name}.{field.name}"'
    if field.is_array:
        one = "read(element, version, in)" if field.struct else f"element = {cpp_types.TYPES[field.type].read(where)}"
        each = f"[&](auto& element) {{ {one}; }}"
        if field.nullable:
            return f"in.nullable_array({value}, {null_argument(field, message)}, {where}, {each});"
        return f"in.array({value}, {where}, {each});"
    if field.struct:
        if field.nullable:
            each = "[&](auto& present) { read(present, version, in); }"
            return f"in.nullable_struct({value}, {null_argument(field, message)}, {where}, {each});"
        return f"read({value}, version, in);"
    if field.short:
        return f"{value} = in.short_string();"
    if field.nullable:
        wire = cpp_types.TYPES[field.type].wire
        return f"{value} = in.nullable_{wire}({null_argument(field, message)}, {where});"
    return f"{value} = {cpp_types.TYPES[field.type].read(where)};"


def write_field(field, message):
    value = f"value.{field.name}"
    carried = condition(field.versions, message)
    line = write_value(field, message, value)
    if carried is None:
        yield f"  {line}"
        return
    yield f"  if ({carried}) {{"
    yield f"    {line}"
    if field.ignorable:
        yield "  }"
        return
    yield f"  }} else if ({cpp_types.differs(field, value)}) {{"
    yield f'    out.refuse("{message.name}.{field.name}", version);'
    yield "  }"


def write_tags(struct, message):
    tagged = tagged_fields(struct)
    if not tagged:
        yield "  out.no_tags();"
        return
    for field in tagged:
        is_set = cpp_types.differs(field, f"value.{field.name}")
        carried = condition(field.versions, message)
        yield f"  const bool has_{field.name} = {is_set};"
        if carried and not field.ignorable:
            yield f'  if (has_{field.name} && !({carried})) out.refuse("{message.name}.{field.name}", version);'
    yield "  if (!out.is_flexible()) return;"
    shown = []
    for field in tagged:
        # In flexible versions, which alone have tags, the first of them needs no check.
        carried = condition(Range(0 if field.versions.first <= message.first_flexible else field.versions.first,
                                  field.versions.last), message)
        shown.append(f"has_{field.name}" + (f" && {carried}" if carried else ""))
    yield f"  out.tag_count({' + '.join(f'int({each})' for each in shown)});"
    for field, present in zip(tagged, shown):
        line = write_value(field, message, f"value.{field.name}")
        yield f"  if ({present}) {{"
        yield f"    out.tagged({field.tag}, [&](MessageWriter& out) {{ {line} }});"
        yield "  }"


def read_tags(struct, message):
    tagged = tagged_fields(struct)
    if not tagged:
        yield "  in.skip_tags();"
        return
    yield "  in.tags([&](std::uint32_t tag) {"
    yield "    switch (tag) {"
    for field in tagged:
        yield f"      case {field.tag}:"
        if field.versions.first > message.first_flexible:
            yield f"        if ({condition(field.versions, message)}) {{"
            yield f"          {read_value(field, message, f'value.{field.name}')}"
            yield "          return true;"
            yield "        }"
            yield "        return false;"
        else:
            yield f"        {read_value(field, message, f'value.{field.name}')}"
            yield "        return true;"
    yield "      default:"
    yield "        return false;"
    yield "    }"
    yield "  });"


def struct_codec(struct, message):
    name = qualified(message, struct)
    yield f"void write(const {name}& value, [[maybe_unused]] std::int16_t version, MessageWriter& out) {{"
    for field in plain_fields(struct):
        yield from write_field(field, message)
    yield from write_tags(struct, message)
    yield "}"
    yield ""
    yield f"void read({name}& value, [[maybe_unused]] std::int16_t version, MessageReader& in) {{"
    for field in plain_fields(struct):
        line = read_value(field, message, f"value.{field.name}")
        carried = condition(field.versions, message)
        yield f"  if ({carried}) {line}" if carried else f"  {line}"
    yield from read_tags(struct, message)
    yield "}"
    yield ""


def source(file):
    yield f'#include "log/wire/messages/{file.stem}.h"'
    yield ""
    yield '#include "log/wire/message_reader.h"'
    yield '#include "log/wire/message_writer.h"'
    yield ""
    yield "namespace weir::log::wire {"
    yield ""
    yield "namespace {"
    yield ""
    for message in file.messages:
        for struct in [*message.structs, message.fields]:
            yield from struct_codec(struct, message)
    yield "}  // namespace"
    yield ""
    for message in file.messages:
        constants = f"{message.name}::kMinVersion, {message.name}::kMaxVersion, {message.name}::kFirstFlexibleVersion"
        yield f"Result<> encode(const {message.name}& message, std::int16_t version, MessageWriter& out) {{"
        yield f'  WEIR_TRY(out.start("{message.name}", version, {constants}));'
        yield "  write(message, version, out);"
        yield "  return out.finish();"
        yield "}"
        yield ""
        yield f"Result<> decode({message.name}& message, std::int16_t version, MessageReader& in) {{"
        yield f'  WEIR_TRY(in.start("{message.name}", version, {constants}));'
        yield "  read(message, version, in);"
        yield "  return in.finish();"
        yield "}"
        yield ""
    yield "}  // namespace weir::log::wire"
