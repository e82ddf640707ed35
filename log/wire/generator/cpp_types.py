"""The types of fields: how each is called in C++, and how one value is read, written and given a literal."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Type:
    cpp: str
    wire: str  # the reader's and writer's method
    is_strong: bool = False
    is_enum: bool = False

    def read(self, where):
        if self.wire in ("string", "byte_run", "records"):
            return f"in.{self.wire}({where})"
        if self.is_strong:
            return f"{self.cpp}(in.{self.wire}())"
        if self.is_enum:
            return f"static_cast<{self.cpp}>(in.{self.wire}())"
        return f"in.{self.wire}()"

    def write(self, value):
        if self.is_strong:
            value += ".value()"
        elif self.is_enum:
            value = f"static_cast<std::{self.wire}_t>({value})"
        return f"out.{self.wire}({value})"


def strong(name, wire):
    return Type(name, wire, is_strong=True)


def enum(name, wire):
    return Type(name, wire, is_enum=True)


TYPES = {
    "bool": Type("bool", "boolean"),
    "int8": Type("std::int8_t", "int8"),
    "int16": Type("std::int16_t", "int16"),
    "uint16": Type("std::uint16_t", "uint16"),
    "int32": Type("std::int32_t", "int32"),
    "int64": Type("std::int64_t", "int64"),
    "float64": Type("double", "float64"),
    "string": Type("std::string", "string"),
    "bytes": Type("OwnedBytes", "byte_run"),
    "Records": Type("Records", "records"),
    "Uuid": Type("Uuid", "uuid"),
    "TopicId": Type("TopicId", "uuid"),
    "ErrorCode": enum("ErrorCode", "int16"),
    "ApiKey": enum("ApiKey", "int16"),
    "Isolation": enum("Isolation", "int8"),
    "CoordinatorType": enum("CoordinatorType", "int8"),
    "Offset": strong("Offset", "int64"),
    "ProducerId": strong("ProducerId", "int64"),
    "ProducerEpoch": strong("ProducerEpoch", "int16"),
    "LeaderEpoch": strong("LeaderEpoch", "int32"),
    "CoordinatorEpoch": strong("CoordinatorEpoch", "int32"),
    "NodeId": strong("NodeId", "int32"),
    "PartitionIndex": strong("PartitionIndex", "int32"),
    "Sequence": strong("Sequence", "int32"),
}
RUNS = ("string", "bytes", "Records")  # values with a length in front


def element_type(field):
    return field.type if field.struct else TYPES[field.type].cpp


def field_type(field):
    cpp = element_type(field)
    if field.is_array:
        cpp = f"std::vector<{cpp}>"
    return f"std::optional<{cpp}>" if field.nullable else cpp


def number(field):
    """The default as C++, for a field that is neither array, struct nor run."""
    text = field.default
    if field.type == "bool":
        return text or "false"
    if text == "-2147483648":
        text = "std::numeric_limits<std::int32_t>::min()"
    return text or "0"


def initializer(field):
    """What stands behind the member's name so that it starts as its default."""
    if field.nullable:
        return "" if field.default == "null" else "{std::in_place}"
    if field.is_array or field.struct or field.type in RUNS or field.type in ("Uuid", "TopicId"):
        return ""
    if TYPES[field.type].is_strong:
        return f"{{{number(field)}}}"
    if TYPES[field.type].is_enum:
        return "{}"
    return f" = {number(field)}"


def differs(field, value):
    """C++: `value` is not the field's default."""
    if field.nullable:
        if field.default == "null":
            return f"{value}.has_value()"
        return f"(!{value} || !{value}->empty())"
    if field.is_array or field.type in ("string", "bytes"):
        return f"!{value}.empty()"
    if field.type in ("Uuid", "TopicId"):
        return f"!{value}.is_zero()"
    if field.struct:
        return f"{value} != decltype({value}){{}}"
    if field.type == "bool":
        return f"!{value}" if field.default == "true" else value
    if TYPES[field.type].is_enum:
        return f"{value} != {TYPES[field.type].cpp}{{}}"
    if TYPES[field.type].is_strong:
        return f"{value} != {TYPES[field.type].cpp}{{{number(field)}}}"
    return f"{value} != {number(field)}"
