"""`croissant.json`: a data set and its split as Croissant 1.0 (JSON-LD), which loaders of data sets read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnbench.config import Params
from cnnbench.core import files
from cnnbench.data.provenance import read_provenance
from cnnbench.planning import split_export, split_parts

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the specification gives it."""


def write(knobs: Params, root: Path, name: str, split: Path, out: Path) -> None:
    """Describes the data set of a split that `split_export.export` wrote.

    Args:
        knobs: params.yaml.
        root: Its folder.
        name: Of the run, or of the data set.
        split: The CSV file, in the folder of `out`.
        out: croissant.json.

    Raises:
        UserError: The data are not there.
    """
    target = split_parts.find(knobs, name)
    about = read_provenance(root / "data/raw" / target.dataset)
    synthetic = ", SYNTHETIC" * about.synthetic
    hashes = {**about.archives, **about.sha256}
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": target.dataset,
        "description": f"{about.title}{synthetic}: {about.examples:,} examples, {about.origin}. "
        f"Its split, whose test fold is {target.fold}. SHA-256 of the data: "
        + "; ".join(f"{file} {value}" for file, value in hashes.items()),
        **({"license": about.licence} if about.licence else {}),
        **({"citeAs": about.citation} if about.citation else {}),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": "split",
                "name": split.name,
                "contentUrl": split.name,
                "encodingFormat": "text/csv",
                "sha256": files.sha256(split),
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "examples",
                "name": "examples",
                "key": {"@id": "examples/id"},
                "description": "A record per example of the split; the labels of test examples are left out.",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"examples/{column}",
                        "name": column,
                        "dataType": "sc:Text",
                        "source": {"fileObject": {"@id": "split"}, "extract": {"column": column}},
                    }
                    for column in split_export.COLUMNS
                ],
            }
        ],
    }
    files.write_json(out, content)
