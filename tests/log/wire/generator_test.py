#!/usr/bin/env python3
"""What a schema file must not say is refused with the file and the line."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "log" / "wire"))
from generator import codecs, schema, structs  # noqa: E402

HEAD = "api 7 Thing\nversions 0-3\nflexible 2+\n\nrequest\n"


def parse(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "thing.schema"
        path.write_text(text)
        return schema.parse(path)


class Schema(unittest.TestCase):
    def refused(self, text, why):
        with self.assertRaisesRegex(schema.SchemaError, why):
            parse(HEAD + text)

    def test_an_unknown_type_is_refused_with_its_line(self):
        self.refused("  name : text\n", "thing.schema:6: no such type: text")

    def test_an_unknown_attribute_is_refused(self):
        self.refused("  name : string  ignored\n", "not an attribute: ignored")

    def test_a_tag_before_the_flexible_versions_is_refused(self):
        self.refused("  name : string  1+ tag 0\n", "tagged before the first flexible version")

    def test_tags_with_a_gap_are_refused(self):
        self.refused("  name : string  2+ tag 1\n", "tags must be")

    def test_a_struct_without_fields_is_refused(self):
        self.refused("  things : [Item]\n", "struct Item has no fields")

    def test_a_struct_is_declared_before_its_user(self):
        file = parse(HEAD + "  a : [Outer]\n    b : [Inner]\n      c : int32\nresponse\n  d : int32\n")
        text = "\n".join(structs.header(file))
        self.assertLess(text.index("struct Inner"), text.index("struct Outer"))

    def test_a_field_of_some_versions_is_refused_in_others(self):
        file = parse(HEAD + "  a : int32 = -1  1-2\nresponse\n  d : int32\n")
        text = "\n".join(codecs.source(file))
        self.assertIn("if (version >= 1 && version <= 2) {", text)
        self.assertIn("else if (value.a != -1)", text)
        self.assertIn('out.refuse("ThingRequest.a", version)', text)


if __name__ == "__main__":
    unittest.main()
