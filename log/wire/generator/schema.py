"""Schema files and what they say: messages, their structs and fields, and the versions in which each is there.

A file holds one API (a request and its response) or several data messages:

    # What it is for.
    api 0 Produce
    versions 0-11
    flexible 9+              the first version with compact lengths and tagged fields, or: none

    request
      transactional_id : string? = null       3+
      topic_data       : [TopicProduceData]
        name           : string
    response
      ...

    data OffsetCommitKey     instead of `api`; its fields follow its `flexible` line

A field is `name : type = default  attributes`; deeper lines are the fields of the struct above them, and a struct that
was told before is named again without them. A type is a row of cpp_types.py or a struct; [T] is an array, a ? behind it
says that it may be null. Without a default it is zero, empty or false. Attributes:

    3+ or 2-4 or 1    the versions that carry it; otherwise all
    null 7+           the versions in which null is allowed, if not all
    tag 0             it stands in the tagged section, only where it differs from its default; from 10000 on a field is
                      Weir's own, and skipped by others
    ignorable         may be dropped in a version without it; otherwise a value that is set is refused
    short             keeps its 2-byte length in flexible versions too
"""
import dataclasses
import re

from . import cpp_types

MAX_VERSION = 32767
FIRST_OWN_TAG = 10000


class SchemaError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Range:
    first: int
    last: int

    @staticmethod
    def parse(text):
        match = re.fullmatch(r"(\d+)(?:(\+)|-(\d+))?", text)
        if not match:
            return None
        first = int(match[1])
        return Range(first, MAX_VERSION if match[2] else int(match[3] or first))


EVER = Range(0, MAX_VERSION)


@dataclasses.dataclass
class Field:
    name: str
    type: str  # of an element, if it is an array
    is_array: bool
    nullable: Range | None
    default: str | None
    versions: Range = EVER
    tag: int | None = None
    ignorable: bool = False
    short: bool = False
    struct: "Struct | None" = None


@dataclasses.dataclass
class Struct:
    name: str
    fields: list[Field] = dataclasses.field(default_factory=list)

    def contains_records(self):
        return any(field.type == "Records" or field.struct and field.struct.contains_records() for field in self.fields)


@dataclasses.dataclass
class Message:
    name: str
    versions: Range
    first_flexible: int
    fields: Struct
    structs: list[Struct]  # inner ones first


@dataclasses.dataclass
class File:
    stem: str
    comment: list[str]
    api: tuple[int, str] | None  # key and name
    messages: list[Message]  # a request before its response


class Parser:
    def __init__(self, path):
        self.path = path
        self.line_number = 0
        self.file = File(path.stem, [], None, [])
        self.versions = self.first_flexible = None
        self.kind = None
        self.open = []  # the structs that the current line is inside of, outermost first

    def refuse(self, why):
        raise SchemaError(f"{self.path}:{self.line_number}: {why}")

    def parse(self):
        for self.line_number, line in enumerate(self.path.read_text().splitlines(), 1):
            if line.startswith("#"):
                self.file.comment.append(line[1:].strip())
            elif line.startswith(" "):
                self.field_line(line)
            elif line.strip():
                self.head_line(line.split())
        for message in self.file.messages:
            self.check(message)
        return self.file

    def head_line(self, words):
        match words:
            case ["api", key, name]:
                self.file.api = (int(key), name)
            case ["data", name]:
                self.kind = name
            case ["versions", versions]:
                self.versions = Range.parse(versions) or self.refuse(f"not a range of versions: {versions}")
            case ["flexible", start]:
                self.first_flexible = MAX_VERSION if start == "none" else Range.parse(start).first
                if not self.file.api:
                    self.start_message(self.kind)
            case [("request" | "response") as half]:
                self.start_message(self.file.api[1] + half.capitalize())
            case _:
                self.refuse("not understood")

    def start_message(self, name):
        root = Struct(name)
        self.file.messages.append(Message(name, self.versions, self.first_flexible, root, []))
        self.open = [root]

    def field_line(self, line):
        depth = (len(line) - len(line.lstrip())) // 2
        if not 1 <= depth <= len(self.open):
            self.refuse("is indented too deeply")
        del self.open[depth:]
        field = self.parse_field(line.strip())
        if field.type not in cpp_types.TYPES:
            field.struct = self.struct_named(field.type)
            self.open.append(field.struct)
        self.open[depth - 1].fields.append(field)

    def struct_named(self, name):
        message = self.file.messages[-1]
        for struct in message.structs:
            if struct.name == name:
                return struct
        if not name[0].isupper():
            self.refuse(f"no such type: {name}")
        struct = Struct(name)
        message.structs.append(struct)
        return struct

    def parse_field(self, text):
        match = re.fullmatch(r"(\w+) *: (\[)?(\w+)\]?(\?)?(?: = (\S+))?(?: +(.*))?", text)
        if not match:
            self.refuse("not a field")
        name, array, type_name, nullable, default, attributes = match.groups()
        field = Field(name, type_name, bool(array), EVER if nullable else None, default)
        words = (attributes or "").split()
        while words:
            word = words.pop(0)
            if Range.parse(word):
                field.versions = Range.parse(word)
            elif word == "null" and words:
                field.nullable = Range.parse(words.pop(0))
            elif word == "tag" and words:
                field.tag = int(words.pop(0))
            elif word in ("ignorable", "short"):
                setattr(field, word, True)
            else:
                self.refuse(f"not an attribute: {word}")
        return field

    def check(self, message):
        # Inner structs first: C++ wants them declared before they are used.
        message.structs.sort(key=lambda struct: -self.depth_of(message.fields, struct))
        for struct in [message.fields, *message.structs]:
            tags = [field.tag for field in struct.fields if field.tag is not None]
            kafkas = [tag for tag in tags if tag < FIRST_OWN_TAG]
            if sorted(kafkas) != list(range(len(kafkas))):
                self.refuse(f"{message.name}.{struct.name}: tags must be 0, 1, 2, ...")
            for field in struct.fields:
                if field.tag is not None and field.nullable and field.struct:
                    self.refuse(f"{message.name}.{field.name}: a tagged struct cannot be null")
                if field.tag is not None and max(field.versions.first, message.versions.first) < message.first_flexible:
                    self.refuse(f"{message.name}.{field.name}: tagged before the first flexible version")
                if field.struct and not field.struct.fields:
                    self.refuse(f"{message.name}.{field.name}: struct {field.type} has no fields")

    def depth_of(self, root, struct):
        """How deep `struct` stands below `root`, at the most; -1 if it does not."""
        depths = [0] if root is struct else []
        for field in root.fields:
            below = self.depth_of(field.struct, struct) if field.struct else -1
            if below >= 0:
                depths.append(1 + below)
        return max(depths, default=-1)


def parse(path):
    return Parser(path).parse()
