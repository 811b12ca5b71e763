"""A report in a repository, for tests of the commands that read one."""

import json
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML
from run_record import run_json

from cnnbench.data import leakage
from cnnbench.runs.record import TrainingRecord

PARAMS = Path(__file__).parents[1] / "params.yaml"
RUN = "mnist-mnist_cnn"
LEADERBOARD = """\
run,kind,dataset,architecture,weights,trained_on,trials,task,protocol,profile,source,synthetic,seed,fold,\
n_train,n_val,n_test,parameters,trained_parameters,flops,unit,\
accuracy,accuracy_low,accuracy_high,roc_auc,roc_auc_low,roc_auc_high,rmse,rmse_low,rmse_high,\
positive,worst_group,chance,badges,rank,rank_low,rank_high,tie_group,ranked
boston_housing-conv1d,network,boston_housing,conv1d,none,,0,regression,row-level 8:1:1,quick,packaged,false,\
0,0,405,50,51,24833,,49153,\
1000 USD,,,,,,,3.800000,2.900000,5.100000,,,7.676000,,1,1,1,a,1
chest_xray-chest_cnn,network,chest_xray,chest_cnn,none,,0,classification,grouped 8:1:1,quick,phantom,true,\
0,0,480,60,60,913729,,6,,\
0.900000,0.830000,0.950000,0.960000,,,,,,pneumonia,,0.500000,,1,1,2,ab,2
mnist-mnist_cnn,network,mnist,mnist_cnn,none,,0,classification,image-level 8:1:1,quick,packaged,false,\
0,0,4000,500,1500,225034,,7,,\
0.960000,0.940000,0.975000,,,,,,,,,0.100000,,1,1,1,a,1
"""


def write_audits(folder, near="", **groups):
    """Writes the audit of each data set: of one split by image whose examples in train and test have these groups."""
    split = pd.DataFrame({"id": ["a", "b"], "sha256": ["a", "b"], "label": 0.0, "split": ["train", "test"]})
    split = split.assign(part="", near=near, dropped="", warning="", protocol="image-level")
    found = {
        name: leakage.audit(split.assign(group=list(pair)), "report").model_dump() for name, pair in groups.items()
    }
    (folder / "reports/leakage.json").write_text(json.dumps(found))


def write_thresholds(folder, bounds):
    yaml = YAML()
    params = yaml.load(PARAMS)
    params["thresholds"] = bounds
    yaml.dump(params, folder / "params.yaml")


def write_newer_result(folder, run=RUN, accuracy=(0.97, 0.95, 0.98)):
    """The results of a run, as `dvc repro evaluate@<run>` leaves them after a report."""
    place = folder / "reports/runs" / run
    place.mkdir(parents=True)
    dataset, architecture = run.split("-")
    facts = {"classes": ["a", "b", "c"], "changed": ["epochs: 20 -> 3", "examples: 100 -> 10"]}
    record = run_json(run, dataset=dataset, architecture=architecture, **facts)
    (place / "run.json").write_text(json.dumps(record))
    measures = {"accuracy": dict(zip(("value", "low", "high"), accuracy, strict=True))}
    (place / "metrics.json").write_text(json.dumps(measures))
    (place / "history.csv").write_text("epoch,loss,val_loss\n1,0.123457,0.5\n")
    return place


def write_model(folder, results, **changed):
    """The trained model of these results, or where something is changed of another training."""
    place = folder / "models" / results.name
    place.mkdir(parents=True)
    record = json.loads((results / "run.json").read_text()) | {"changed": ["epochs: 20 -> 3"]} | changed
    known = {name: record[name] for name in TrainingRecord.model_fields if name in record}
    (place / "run.json").write_text(json.dumps(known))
    (place / "history.csv").write_text("epoch,loss,val_loss\n1,0.12345678901,0.5\n")
    return place
