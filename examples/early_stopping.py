"""Early stopping: train until held-out rows stop improving, and see which iteration was the best."""

from __future__ import annotations

from sklearn.metrics import log_loss

import hornbeam as hb
from hornbeam.data import higgs

data = higgs()
model = hb.HistGradientBoostingClassifier(max_iter=500, early_stopping=True, n_iter_no_change=20, random_state=0)
model.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)

# Scores are higher for a better model, so the loss has its sign changed; the first is from before the first tree.
losses = -model.validation_score_
for iteration in range(0, len(losses), 10):
    print(f"{iteration:>4} {losses[iteration]:.4f} " + "#" * round(80 * losses[iteration]))

print(f"\nstopped after {model.n_iter_} of {model.max_iter} iterations; the best was {model.best_iteration_}")

# The best model is one of the stages.
stages = list(model.staged_predict_proba(data.X_test))
print(f"log loss at the best iteration {log_loss(data.y_test, stages[model.best_iteration_ - 1]):.4f}")
print(f"log loss at the last           {log_loss(data.y_test, stages[-1]):.4f}")
