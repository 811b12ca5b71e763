"""TRIPOD+AI: 27 items, most in parts. The topics are our own words; the published list has the full ones.

Numbers, sections and subjects were compared with the list of the statement (CC BY 4.0) as another repository copies it:
docs/checklist.md.
"""

from __future__ import annotations

from cnnbench.checklists import data_answers as data
from cnnbench.checklists import model_answers as model
from cnnbench.checklists import result_answers as result
from cnnbench.checklists.item import Checklist, Item

TRIPOD = Checklist(
    "TRIPOD+AI",
    "Collins et al.: TRIPOD+AI statement: updated guidance for reporting clinical prediction models that use "
    "regression or machine learning methods. BMJ 385, 2024, e078378",
    {
        "Title and abstract": (
            Item(
                "1",
                "Title",
                "Does it name development or evaluation of a prediction model, the population and the outcome?",
                (model.kind,),
            ),
            Item("2", "Abstract", "Does it follow TRIPOD+AI for Abstracts?", (result.headline,)),
        ),
        "Introduction": (
            Item("3a", "Healthcare context", "Diagnosis or prognosis, why a model, and which ones are there?"),
            Item("3b", "Target population and use", "For whom, where in the pathway of care, and by whom?"),
            Item("3c", "Known inequalities", "Which groups are served worse today?"),
            Item("4", "Objectives", "Development, evaluation or both?"),
        ),
        "Methods": (
            Item("5a", "Sources of data", "Why these data, and whom do they represent?", (data.source, data.terms)),
            Item("5b", "Dates", "From when to when were participants taken in?"),
            Item("6a", "Setting", "Which centres, how many, where?"),
            Item("6b", "Eligibility", "By which criteria?", (data.exclusions,)),
            Item("6c", "Treatments", "Which had they received, and what was done about it?"),
            Item(
                "7",
                "Preparation of the data",
                "Was it the same for all groups of patients?",
                (data.preprocessing, data.pixel_types),
            ),
            Item("8a", "Outcome", "How and when was it found, and is that the same for all groups?", (data.labels,)),
            Item("8b", "Assessors of the outcome", "Who were they, if it needs judgement?"),
            Item("8c", "Blinding of the outcome", "Did they know the predictors?"),
            Item("9a", "Choice of predictors", "Why these?"),
            Item("9b", "Definition of predictors", "How and when were they measured?", (model.inputs,)),
            Item("9c", "Assessors of predictors", "Who were they, if it needs judgement?"),
            Item("10", "Sample size", "Why is it enough, for development and for evaluation?", (data.sizes,)),
            Item("11", "Missing data", "Which were missing, and what was done about it?"),
            Item("12a", "Use of the data", "", (data.partition, data.disjoint)),
            Item("12b", "Handling of predictors", "", (data.preprocessing,)),
            Item(
                "12c",
                "Model and how it was built",
                "Why this network and recipe?",
                (model.network, model.start, model.training, model.tuning, model.selection),
            ),
            Item("12d", "Differences between clusters", "Do hospitals or countries differ, and how was that handled?"),
            Item("12e", "Measures of performance", "", (result.measures, result.intervals)),
            Item("12f", "Updating of the model", "Was the model changed after its evaluation?"),
            Item("12g", "How predictions were made", model.ask_versions, (model.software, result.output)),
            Item("13", "Class imbalance", "Why this way?", (data.balance,)),
            Item("14", "Fairness", "What was done for it, and why?", (data.subgroup_file,)),
            Item("15", "Output of the model", "Why this output and this threshold?", (result.output,)),
            Item(
                "16",
                "Development against evaluation",
                "How do the patients of the two differ in setting, criteria, outcome?",
                (result.external,),
            ),
            Item("17", "Ethical approval", "Which board approved it, and what did participants consent to?"),
        ),
        "Open science": (
            Item("18a", "Funding", "Who paid, and what part had they?"),
            Item("18b", "Conflicts of interest", "Of all authors?"),
            Item("18c", "Protocol", "Where is it?", (model.settings,)),
            Item("18d", "Registration", "Where is the study registered, if it is?"),
            Item("18e", "Sharing of data", "Where, and on what terms?", (data.terms,)),
            Item("18f", "Sharing of code", "At which address?", (model.code,)),
        ),
        "Patient and public involvement": (
            Item("19", "Patients and public", "What part had they in the study, if any?"),
        ),
        "Results": (
            Item(
                "20a",
                "Flow of participants",
                "How many participants, with how long a follow-up?",
                (data.flow, data.groups),
            ),
            Item(
                "20b",
                "Characteristics",
                "Of each source: dates, age, sex, treatments, missing data?",
                (data.subgroups,),
            ),
            Item(
                "20c", "Evaluation against development data", "How do the important predictors differ?", (data.sizes,)
            ),
            Item("21", "Numbers in each analysis", "How many participants are these?", (data.sizes,)),
            Item("22", "The full model", "What limits access to it or its use again?", (model.weights_file,)),
            Item("23a", "Performance", "", (result.figures, result.clean, data.subgroup_file)),
            Item("23b", "Differences between clusters", "How far does it differ between hospitals or countries?"),
            Item("24", "Results of updating", "If the model was updated: which, and how good is it?"),
        ),
        "Discussion": (
            Item("25", "Interpretation", "What do the results mean, fairness included, beside earlier studies?"),
            Item("26", "Limitations", "Which others are there?", (result.limits,)),
            Item("27a", "Poor or missing inputs", "What is to be done with them in use?"),
            Item("27b", "Interaction with users", "What must a user do and know?"),
            Item("27c", "Next steps", "What has to be shown before it is used?"),
        ),
    },
)
