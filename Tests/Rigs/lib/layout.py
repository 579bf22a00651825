"""Writes an OCI image layout of one layer with one static program: layout.py FOLDER PROGRAM. The program is /NAME."""

import gzip
import hashlib
import io
import json
import os
import platform
import sys
import tarfile


def main():
    folder, program = sys.argv[1:]
    name = os.path.basename(program)
    blobs = os.path.join(folder, "blobs", "sha256")
    os.makedirs(blobs, exist_ok=True)

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, digest), "wb") as file:
            file.write(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        for place in ("tmp", "etc", "proc", "dev"):
            entry = tarfile.TarInfo(place)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        entry = archive.gettarinfo(program, name)
        entry.mode, entry.uid, entry.gid = 0o755, 0, 0
        with open(program, "rb") as file:
            archive.addfile(entry, file)
    plain = layer.getvalue()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    config = {
        "architecture": machine, "os": "linux", "config": {"Cmd": [f"/{name}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
    }
    manifest = {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [blob(gzip.compress(plain), "application/vnd.oci.image.layer.v1.tar+gzip")],
    }
    entry = blob(json.dumps(manifest).encode(), manifest["mediaType"])
    for path, content in (
        ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
        ("index.json", {"schemaVersion": 2, "manifests": [entry]}),
    ):
        with open(os.path.join(folder, path), "w") as file:
            json.dump(content, file)


main()
