"""How often Sportello is right on labelled messages.

- `rows`: the labelled files, read and checked
- `scores`: labels that the model gave; `readings`: deadlines that the rules read
- `folds`: scoring the training messages by cross-validation
- `run`: all that one run found, kept as JSON; `comparison`: two runs beside each other
- `figures`: accuracy, F1, calibration and their uncertainty
- `terminal`, `report`, `pictures`: showing it
"""
