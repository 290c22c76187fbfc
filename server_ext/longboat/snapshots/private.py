"""Files that hold secrets by their name or content: they never travel."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

_NAMES = frozenset(
    {
        ".env", ".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", ".my.cnf", ".git-credentials",
        ".htpasswd", ".dockercfg", ".dockerconfigjson", ".boto", ".s3cfg", ".vault-token",
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", "credentials.json",
        "application_default_credentials.json", "kaggle.json", "kubeconfig", "secrets.toml",
        "secrets.yaml", "secrets.yml", "secrets.json",
    }
)  # fmt: skip
_PATTERNS = (
    ".env.*", "*.pem", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.kubeconfig",
    "client_secret*.json", "*service-account*.json", "*service_account*.json",
)  # fmt: skip
_HARMLESS = frozenset({".env.example", ".env.sample", ".env.template"})
_FOLDERS = frozenset({".aws", ".ssh", ".gnupg", ".kube", ".azure", ".docker", ".gcloud", "gcloud"})

# RFC 7468's label with the beginning of its base64, also as a JSON string has it ("\n" written
# out); source code that only names the label is not meant.
_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s|[\"',\\])++"
    rb"(?:[A-Za-z-]+: [^\n]*\n|\s)*+[A-Za-z0-9+/=]{32}"
)


def is_private(name: str, *, folder: bool = False) -> bool:
    """Tell by its own name whether a file or folder holds secrets."""
    lower = name.lower()
    if folder:
        return lower in _FOLDERS
    if lower in _HARMLESS:
        return False
    return lower in _NAMES or any(fnmatchcase(lower, pattern) for pattern in _PATTERNS)


def is_private_path(path: str, *, folder: bool = False) -> bool:
    """Tell it of a relative path, by its last name or a folder's on the way."""
    *above, name = path.split("/")
    return is_private(name, folder=folder) or any(is_private(part, folder=True) for part in above)


def holds_private_key(data: bytes) -> bool:
    """Tell whether a private key is written in it."""
    if data.startswith(b"PuTTY-User-Key-File-"):
        return b"\nPrivate-Lines: " in data
    return b"PRIVATE KEY" in data and _KEY.search(data) is not None
