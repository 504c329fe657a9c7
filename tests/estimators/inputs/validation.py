"""What is wrong with validation rows is said in the words for training rows, by the name of the validation rows."""

from __future__ import annotations

import re


def in_validation(message: str, name: str) -> str:
    """Return a pattern of the same message about `name`_val.

    scikit-learn writes "Input y contains NaN" of any y: what is fixed is that the name is there, somewhere.
    """
    renamed = re.sub(rf"(\\b|\b){name}\b", rf"\\b{name}(_val)?\\b", message)
    return rf"^(?=[\s\S]*\b{name}_val\b)[\s\S]*?{renamed}"
