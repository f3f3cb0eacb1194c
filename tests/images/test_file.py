"""The file of an image: what is written is read again, version 1 for ever, and a damaged one is never believed."""

from __future__ import annotations

import json

import pytest
from image_cases import IMAGES, TRUCK, image_of

from samebytes.checks.data.subjects import read_records
from samebytes.checks.images.file import read_image, write_image
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import abi_named, lay_out
from samebytes.peers.paths import fixtures_folder

RECORDS = read_records(fixtures_folder())
LINUX = abi_named("x86_64-linux")


@pytest.mark.parametrize("abi", ["x86_64-linux", "x86_64-windows", "s390x-linux"])
def test_version_1_stays_readable(abi):
    image = read_image(IMAGES / f"truck-{abi}.image")
    assert image.layout.abi.name == abi
    assert image.layout.codec.decode(image.record) == TRUCK


def test_a_windows_image_keeps_windows_text():
    image = read_image(IMAGES / "voice-x86_64-windows.image")
    found = image.layout.codec.decode(image.record)
    assert (image.layout.size, image.size, image.exact, image.realm) == (304, 4096, False, "windows")
    assert (found["Program"], found["Identity"], found["Description"]) == ("Game", "Zoë", "a link")


@pytest.mark.parametrize("abi", ["x86_64-linux", "i686-windows", "s390x-linux"])
@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_record_comes_back_as_it_was(tmp_path, name, abi):
    try:
        layout = lay_out(RECORDS[name], abi_named(abi))
    except LayoutError:
        pytest.skip(f"{abi} has no such record")
    image = image_of(layout, offset=16, data=bytes(16) + image_of(layout).data)
    write_image(tmp_path / "x.image", image)
    assert read_image(tmp_path / "x.image") == image


@pytest.fixture
def parts(tmp_path):
    """An image's three parts, and how to make a file of changed ones."""
    path = tmp_path / "x.image"
    write_image(path, image_of(lay_out(RECORDS["MySharedData"], LINUX)))
    first, header, data = path.read_bytes().split(b"\n", 2)

    def changed(first=first, data=data, cut=None, **header_parts):
        tree = json.loads(header) | header_parts
        path.write_bytes((first + b"\n" + json.dumps(tree).encode() + b"\n" + data)[:cut])
        return path

    changed.data, changed.layout = data, json.loads(header)["layout"]
    return changed


def refused(path):
    with pytest.raises(UsageError) as caught:
        read_image(path)
    assert str(path) in caught.value.message
    return str(caught.value)


def test_an_unchanged_one_is_read(parts):
    assert read_image(parts()).layout.record == RECORDS["MySharedData"]


def test_one_flipped_bit_is_noticed(parts):
    assert "another SHA-256" in refused(parts(data=bytes([parts.data[0] ^ 1]) + parts.data[1:]))


@pytest.mark.parametrize("cut", [-1, -208])
def test_a_truncated_one_is_noticed(parts, cut):
    assert f"208 bytes were kept, {208 + cut} are there" in refused(parts(cut=cut))


def test_one_that_ends_in_its_header(parts):
    assert "cut off in its header" in refused(parts(cut=100))


def test_a_later_version_is_not_guessed_at(parts):
    assert "an image of version 2; this reads version 1" in refused(parts(first=b"samebytes image 2"))


def test_a_file_sent_as_text(parts):
    assert "line ends were changed" in refused(parts(first=b"samebytes image 1\r"))


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"samebytes image x\n", b"samebytes report 1\n{}"])
def test_what_is_no_image(tmp_path, content):
    path = tmp_path / "x.image"
    path.write_bytes(content)
    assert "no image" in refused(path)


def test_what_is_not_there(tmp_path):
    assert "no such file" in refused(tmp_path / "none.image")


@pytest.mark.parametrize("key", ["name", "realm", "size", "exact", "layout", "bytes", "sha256", "host", "producer"])
def test_a_header_that_lacks_something(parts, key):
    assert f"lacks '{key}'" in refused(parts(**{key: None}))


def test_a_layout_that_would_be_read_otherwise_now(parts):
    assert "is laid out otherwise here" in refused(parts(layout=parts.layout | {"places": "0" * 64}))


def test_a_layout_that_cannot_be_read(parts):
    assert "its layout cannot be read" in refused(parts(layout=parts.layout | {"toml": "nonsense"}))
    assert "its layout cannot be read" in refused(parts(layout=parts.layout | {"abi": "pdp11"}))


def test_a_record_beyond_its_bytes(parts):
    assert "does not lie in its bytes" in refused(parts(layout=parts.layout | {"offset": 1}))


def test_an_image_is_written_whole_or_not_at_all(tmp_path):
    layout = lay_out(RECORDS["Integer"], LINUX)
    with pytest.raises(UsageError, match="cannot be written"):
        write_image(tmp_path / "none" / "x.image", image_of(layout))
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_image(tmp_path / "folder", image_of(layout))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
