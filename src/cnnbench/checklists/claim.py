"""CLAIM, 2024 update: 44 items. The topics are our own words; the published list has the full ones.

Numbers, sections and subjects were compared with the publisher's list, docs/checklist.md in github.com/RSNA/CLAIM.
"""

from __future__ import annotations

from cnnbench.checklists import data_answers as data
from cnnbench.checklists import model_answers as model
from cnnbench.checklists import result_answers as result
from cnnbench.checklists.item import Checklist, Item

CLAIM = Checklist(
    "CLAIM, 2024 update",
    "Tejani et al.: Checklist for Artificial Intelligence in Medical Imaging (CLAIM): 2024 Update. Radiology: "
    "Artificial Intelligence 6(4), 2024, e240300",
    {
        "Title and abstract": (
            Item("1", "AI named in the title, with its kind", "Does the title say so?", (model.kind,)),
            Item(
                "2",
                "Abstract with design, methods, results, conclusions",
                "Does the abstract have all four?",
                (result.headline,),
            ),
        ),
        "Introduction": (
            Item(
                "3",
                "Background, intended use and role",
                "What is the clinical problem, and what would the network be used for?",
            ),
            Item("4", "Aims and hypotheses", "What was to be shown, and was it stated before?"),
        ),
        "Methods: design": (
            Item("5", "Prospective or retrospective", "Were the data collected for this study, or before it?"),
            Item("6", "Goal of the study", "Such as a new model, a comparison, a test of feasibility?"),
        ),
        "Methods: data": (
            Item("7", "Data sources", "From which sites and years are the patients?", (data.source, data.terms)),
            Item(
                "8",
                "Inclusion and exclusion",
                "By which criteria were patients and images chosen before they came here?",
                (data.exclusions,),
            ),
            Item(
                "9",
                "Preprocessing",
                "What was done to the images before they came here?",
                (data.preprocessing, data.pixel_types),
            ),
            Item(
                "10",
                "Parts of the data that were taken",
                "Were regions, slices or views of the images chosen?",
                (data.subset,),
            ),
            Item("11", "De-identification", "How were patients made unrecognisable, and who checked it?"),
            Item("12", "Missing data", "Which data were missing, and what was done about it?"),
            Item("13", "Image acquisition", "Which devices, settings and protocols made the images?"),
        ),
        "Methods: reference standard": (
            Item("14", "How it was obtained", "How was each label found: biopsy, follow-up, readers?", (data.labels,)),
            Item("15", "Why this standard", "Why this reference standard, and what is its error?"),
            Item("16", "Who annotated", "Who made the labels, with which training and tools?"),
            Item("17", "Annotation of the test part", "Was the test part labelled in another way?"),
            Item(
                "18",
                "Variability of annotators",
                "How far do readers agree with each other and with themselves?",
                (data.conflicts,),
            ),
        ),
        "Methods: partitions": (
            Item("19", "Assignment to the parts", "", (data.partition, data.sizes)),
            Item(
                "20",
                "Level at which the parts are disjoint",
                "Are all images of a patient known to be one group?",
                (data.disjoint,),
            ),
        ),
        "Methods: test data": (Item("21", "Intended sample size", "How was the size of the test part decided?"),),
        "Methods: model": (
            Item("22", "The model", "", (model.network, model.weights_file)),
            Item("23", "Software", model.ask_versions, (model.software,)),
            Item("24", "Initial parameters", "", (model.start,)),
        ),
        "Methods: training": (
            Item(
                "25",
                "Training",
                model.ask_choice,
                (model.training, model.tuning),
            ),
            Item("26", "Choice of the final model", "", (model.selection,)),
            Item("27", "Ensembles", "", (model.ensembling,)),
        ),
        "Methods: evaluation": (
            Item("28", "Metrics", "Why these, for this use?", (result.measures, result.threshold)),
            Item("29", "Uncertainty and significance", "", (result.intervals, model.repeats)),
            Item(
                "30",
                "Robustness",
                "Which changes of the images or the setting matter in use, and were they tried?",
                (result.robustness,),
            ),
            Item("31", "Explainability", "Do readers find the explanations right?", (model.explanations,)),
            Item("32", "Internal data", "", (result.headline,)),
            Item(
                "33",
                "External data",
                "How do the patients of another site differ; if none was tested, why?",
                (result.external,),
            ),
            Item("34", "Registration of a trial", "If it is a trial: where is it registered?"),
        ),
        "Results: data": (
            Item(
                "35",
                "Numbers included and excluded",
                "How many patients and examinations, and how many were left out before?",
                (data.flow, data.groups),
            ),
            Item(
                "36",
                "Characteristics per part",
                "Age, sex and clinical state of the patients of each part?",
                (data.sizes, data.subgroups),
            ),
        ),
        "Results: performance": (
            Item("37", "Performance with uncertainty", "", (result.figures, result.clean)),
            Item("38", "Diagnostic performance", "", (result.diagnostic,)),
            Item(
                "39",
                "Failures",
                "What have the wrong ones in common, and what would they cost?",
                (result.failures, data.subgroup_file),
            ),
        ),
        "Discussion": (
            Item("40", "Limitations", "Which others are there?", (result.limits,)),
            Item("41", "Implications for practice", "Who would use it, where, and for what not?"),
        ),
        "Other information": (
            Item(
                "42",
                "Protocol and technical details",
                "Is there a protocol of the study, and where?",
                (model.settings,),
            ),
            Item(
                "43",
                "Availability of code, model, data",
                "At which address are code, model and data, and on what terms?",
                (model.code, data.terms),
            ),
            Item("44", "Funding", "Who paid, and what part had they?"),
        ),
    },
)
