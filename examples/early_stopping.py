"""Early stopping: train until held-out rows stop improving, and compare with training on and on."""

from __future__ import annotations

from sklearn.metrics import log_loss

import hornbeam as hb
from hornbeam.data import higgs

data = higgs()
model = hb.HistGradientBoostingClassifier(max_iter=500, early_stopping=True, n_iter_no_change=20, random_state=0)
model.fit(data.X_train, data.y_train)

# Scores are higher for a better model, so the loss has its sign changed; the first is from before the first tree.
losses = -model.validation_score_
print("iteration, log loss of the rows that were held out, and how far it is from the lowest")
for iteration in range(0, len(losses), 10):
    print(f"{iteration:>4} {losses[iteration]:.4f} " + "#" * round(300 * (losses[iteration] - losses.min())))
print(f"stopped after {model.n_iter_} of {model.max_iter} iterations; the best was {model.best_iteration_}")

trained_on = hb.HistGradientBoostingClassifier(max_iter=500, early_stopping=False).fit(data.X_train, data.y_train)
print("\nlog loss of rows never seen")
for name, fitted in [("early stopping", model), ("all iterations", trained_on)]:
    print(f"{name:>16} {log_loss(data.y_test, fitted.predict_proba(data.X_test)):.4f}")
