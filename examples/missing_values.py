"""Missing values need no preparation: they go to the side of each split where the gain is higher.

California housing lacks the number of bedrooms for 207 of its districts. Here more and more of its numbers are erased,
and the error is compared with that of filling the gaps with medians first.
"""

from __future__ import annotations

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

import hornbeam as hb
from hornbeam.data import california_housing

data = california_housing()
rng = np.random.default_rng(0)

print(f"{'erased':>8}{'as they are':>14}{'medians':>12}   error of the house value, dollars")
for share in (0.0, 0.2, 0.4):
    X = np.where(rng.random(data.numbers.shape) < share, np.nan, data.numbers)
    X_train, X_test, y_train, y_test = train_test_split(X, data.target, random_state=0)
    model = hb.HistGradientBoostingRegressor(max_iter=50)
    errors = [
        root_mean_squared_error(y_test, estimator.fit(X_train, y_train).predict(X_test))
        for estimator in (model, make_pipeline(SimpleImputer(strategy="median"), model))
    ]
    print(f"{share:>8.0%}{errors[0]:>14,.0f}{errors[1]:>12,.0f}")
