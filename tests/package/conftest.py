"""The zip, unpacked as in Lambda."""

import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ZIP = ROOT / "dist" / "function.zip"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "TABLE_NAME": "users",
    "USER_POOL_ID": "eu-west-1_aBcDeFgHi",
    "PAGES_PER_SECOND": "15",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # nothing listens there
    "STORED_ATTRIBUTES": '{"Email": {"sources": ["email"], "type": "S"}}',
}


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A read-only folder with the content of the zip."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(ZIP) as archive:
        archive.extractall(folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder
