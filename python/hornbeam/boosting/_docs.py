"""The parts of the docstrings that classifiers and regressors share."""

from __future__ import annotations

from typing import TypeVar

Class = TypeVar("Class", bound=type)

LEARNING = """\
learning_rate : float, default=0.1
        Factor of every leaf value, also called shrinkage.
    max_iter : int, default=100
        Largest number of iterations. An iteration adds one tree, or one per class of three classes or more.
    max_leaf_nodes : int or None, default=31
        Largest number of leaves of a tree, at least 2. None is no limit.
    max_depth : int or None, default=None
        Largest number of splits between the root and a leaf. None is no limit.
    min_samples_leaf : int, default=20
        Smallest number of rows in a leaf. Below a few hundred training rows a smaller number is better.
    l2_regularization : float, default=0.0
        Added to the denominator of leaf values and gains, see Notes.
    max_features : float, default=1.0
        Share of the features, in (0, 1], that each node draws at random and looks at.
    max_bins : int, default=255
        Largest number of bins, 2 to 255, into which the values of a feature are sorted before training. Missing
        values have a bin of their own besides.
    categorical_features : array-like, "from_dtype" or None, default="from_dtype"
        The features whose values are categories: a mask, indices or names. "from_dtype" are the columns of categories
        and of text (unless it is text of numbers) of a pandas or polars frame or an Arrow table; None is no feature.
        Categories are numbers or strings, of any number. What a fit has not seen is a missing value, and so are
        negative numbers unless a frame declares them categories.
    monotonic_cst : array-like, dict or None, default=None
        For each feature 1 if predictions (of the classifier: the probability of the second class) must not fall as it
        rises, -1 if they must not rise, else 0; a dict has the names of features. That holds for all rows and losses,
        not only for the training rows. Missing values have no order. Categorical features and more than two classes
        raise ValueError. `warm_start` adds trees that keep to it and leaves those before as they are.
    interaction_cst : list, tuple, {"pairwise", "no_interactions"} or None, default=None
        Sets of indices of features that may interact: the features of every path from the root to a leaf lie in one of
        them. Those that are in none form one more. "pairwise" stands for all sets of two, "no_interactions" for all of
        one. `max_features` is then a share of what a node may look at.
    warm_start : bool, default=False
        Whether `fit` continues the trees of the fit before, on the same rows or on others, as far as `max_iter`.
        Categories that the first fit did not see are missing values.
    early_stopping : bool or "auto", default="auto"
        Whether training stops once the scores do not improve. "auto" means above 10,000 rows. All trees are kept;
        `best_iteration_` says which iteration was the best.
    scoring : str, callable or None, default="loss"
        What early stopping scores: the loss, one of scikit-learn's scorers, a callable `(estimator, X, y)`, or with
        None the estimator's `score`. Higher is better, and `sample_weight` is passed if there are weights. The
        estimator's predictions of this `X`, `decision_function` for a metric of raw scores among them, are kept up to
        date by training and cost no walk through the trees:
        `lambda model, X, y: -my_metric(y, model.decision_function(X))`.
    validation_fraction : float, int or None, default=0.1
        Share or number of the training rows that early stopping holds out and scores. None scores the training rows.
        Not used if `fit` is given `X_val` and `y_val`.
    n_iter_no_change : int, default=10
        Training stops once none of the last `n_iter_no_change` scores is better than the one before them.
    tol : float, default=1e-7
        By how much a score must be higher to count as better.
    verbose : int, default=0
        1 prints a summary of the fit, 2 a line per iteration too.
    random_state : int, RandomState instance or None, default=None
        Seed of the split into training and validation rows, and of the rows, features and thresholds that are drawn."""

ADDED = """\
subsample : float, default=1.0
        Expected share of the rows, in (0, 1], that each iteration draws at random, without replacement, and learns its
        trees from [5]_. All counts are then of drawn rows, `min_samples_leaf` too, and so are the sums that
        `min_split_gain`, `min_child_weight` and the regularisation are compared with. A frequency is drawn as one row,
        so that weight k is not k copies. The losses of training rows are those of all.
    sampling_method : {"uniform", "gradient_based"}, default="uniform"
        How `subsample` draws rows. "uniform" gives all the same chance. "gradient_based" prefers those of large
        gradients and divides what a row adds by its chance (minimal variance sampling [6]_): sums over leaves keep
        their expectation, with less variance, so that a small share is enough. Weights of sums are then those of all
        rows, counts those of the drawn ones.
    colsample_bytree : float, default=1.0
        Share of the features, in (0, 1], that each tree draws at random and learns from. The others cost it next to
        nothing.
    colsample_bylevel : float, default=1.0
        Share of these, in (0, 1], that the nodes of one depth draw together. A node then looks at a share
        `max_features` of what its depth has drawn; under `interaction_cst` each draw is among what its path allows. A
        share is rounded down, but to no less than one feature.
    l1_regularization : float, default=0.0
        By how much every sum of gradients is brought nearer to zero in leaf values and gains, see Notes. Exact leaf
        values, those of the losses "absolute_error", "quantile" and "huber", do not see it.
    min_split_gain : float, default=0.0
        Smallest gain, as Notes defines it, of a split. It grows with the number of rows, their weights and, for losses
        of errors, the square of the targets' unit.
    min_child_weight : float, default=1e-3
        Smallest sum of second derivatives, times weights, in a leaf. A larger one, such as 1, spares a classifier of
        rare classes the huge steps of leaves where it is sure and wrong, most of all with a small `subsample`.
    extra_trees : bool, default=False
        Whether a node draws one threshold of each feature at random, of those that leave enough on both sides, in place
        of the best (extremely randomised trees [4]_). Of a categorical feature it draws one set.
    cat_smooth : float, default=10.0
        A split of many categories puts them in the order of `G / (H + cat_smooth)`: the larger it is, the nearer to the
        middle are categories of few rows.
    cat_l2 : float, default=10.0
        Added to `l2_regularization` in the gains of splits by categories.
    max_cat_to_onehot : int, default=4
        Features of at most so many categories split one of them from the others; the rest by sets.
    cat_cost : float, default=1.0
        What a set of categories pays for having been chosen among many, as a multiple of what the best of so many would
        gain if the target were noise. 0 fits every split that a set can make, identifiers of rows too."""

THREADS = """\
n_jobs : int or None, default=None
        Number of threads. None uses all that are allowed, -1 all, -2 all but one. The result does not depend on it."""

FITTED = """\
n_iter_ : int
        Number of iterations that were run.
    best_iteration_ : int
        The iteration, counted from 1, with the best score; `n_iter_` without early stopping.
    n_trees_per_iteration_ : int
        Number of trees that an iteration adds.
    do_early_stopping_ : bool
        Whether early stopping was used.
    train_score_ : ndarray of shape (n_iter_ + 1,)
        Scores of the training rows before the first and after each iteration; with a scorer those of at most 10,000
        rows. Empty without early stopping.
    validation_score_ : ndarray of shape (n_iter_ + 1,)
        The same for the validation rows. Empty if there are none.
    feature_importances_ : ndarray of shape (n_features_in_,)
        Summed gain of each feature's splits, as a share of all gains.
    fit_profile_ : dict of str to float
        Wall seconds of the last fit by stage: "read", "edges" of the bins, "bin", "gradients", "sample" (of rows),
        "quantise" (gradients to integers), "histograms" (of large nodes), "splits" (the search for them, and the
        histograms of small nodes), "partition" (of rows), "leaves" (their values), "scores" (of the training rows),
        "validation". Neither saved nor pickled.
    is_categorical_ : ndarray of shape (n_features_in_,) or None
        Mask of the categorical features; None if there are none.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had string names."""

TREES = """\
Training adds trees to a constant, each fitted to the gradients :math:`g_i` and second derivatives :math:`h_i` of the
    loss at the present raw scores [1]_. A leaf with sums :math:`G, H` over its rows has the value, and a split into
    left and right the gain [2]_

    .. math::

        w = -\\eta \\frac{G}{H + \\lambda}, \\qquad
        \\text{gain} = \\frac{G_L^2}{H_L + \\lambda} + \\frac{G_R^2}{H_R + \\lambda} - \\frac{G^2}{H + \\lambda},

    with :math:`\\eta` = `learning_rate` and :math:`\\lambda` = `l2_regularization`; with :math:`\\alpha` =
    `l1_regularization` each :math:`G` is first made :math:`\\operatorname{sign}(G) \\max(|G| - \\alpha, 0)`. Splits are
    found on histograms of at most `max_bins` bins, and the leaf with the highest gain is split first [3]_. Rows whose
    value is missing go to the side where the gain is higher.

    All sums are order-free: the model has the same bits for any number of threads, SIMD level and memory layout."""

REFERENCES = """\
.. [1] J. H. Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29(5),
           1189-1232, 2001.
    .. [2] T. Chen and C. Guestrin, "XGBoost: a scalable tree boosting system", KDD 2016.
    .. [3] G. Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NIPS 2017.
    .. [4] P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine Learning 63, 3-42, 2006.
    .. [5] J. H. Friedman, "Stochastic gradient boosting", Computational Statistics & Data Analysis 38(4), 367-378,
           2002.
    .. [6] B. Ibragimov and G. Gusev, "Minimal variance sampling in stochastic gradient boosting", NeurIPS 2019."""

AUTO_SUMMARY = """\
Fits an ensemble that learns from all rows and needs no validation rows of yours: each member holds back another fold
    and stops when the loss there no longer falls. What it chooses depends on the size of the table alone;
    `get_resolved_params` says what that was."""

AUTO_PARAMETERS = """\
categorical_features : array-like, "from_dtype" or None, default="from_dtype"
        The features whose values are categories, as of `HistGradientBoostingClassifier`.
    monotonic_cst : array-like, dict or None, default=None
        The features that predictions must follow up or down, as of `HistGradientBoostingClassifier`.
    interaction_cst : list, tuple, {"pairwise", "no_interactions"} or None, default=None
        Which features may interact, as of `HistGradientBoostingClassifier`.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, and of the rows and features that are drawn.
    n_jobs : int or None, default=None
        Number of threads. None uses all that are allowed, -1 all, -2 all but one. The result does not depend on it."""

AUTO_ATTRIBUTES = """\
estimator_ : estimator
        A `HistGradientBoosting` estimator that holds the ensemble as one model: the trees of all members, whose leaf
        values are divided by the number of members. It has whatever the automatic estimator does not pass on, such as
        `apply` and `dump_model`; what goes from iteration to iteration (`refit`, `truncate`, staged predictions, a warm
        start) goes through the members one after the other, and so means nothing there.
    member_iterations_ : ndarray of shape (n_members,)
        Number of iterations of each member.
    member_losses_ : ndarray of shape (n_members,)
        Loss of each member on the rows that it held back.
    feature_importances_ : ndarray of shape (n_features_in_,)
        Summed gain of each feature's splits, as a share of all gains.
    fit_profile_ : dict of str to float
        Seconds that the members' fits took, by stage, as of `HistGradientBoostingClassifier`.
    is_categorical_ : ndarray of shape (n_features_in_,) or None
        Mask of the categorical features; None if there are none.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had string names."""

AUTO_NOTES = """\
Member :math:`k` of :math:`K` learns from all folds but the :math:`k`-th, at most `max_iter` iterations, until the loss
    on that fold has not fallen for `patience` of them, and goes back to the iteration where it was lowest. The raw
    score is the mean of the members' scores,

    .. math:: F(x) = \\frac{1}{K} \\sum_k F_k(x),

    bagging [1]_ with folds in place of bootstrap samples. Folds have equal shares of the rows, of each class and of
    neighbouring targets, and equal rows lie in one fold. Large tables and many classes get fewer members, two at
    least, so that the time of a fit grows less than the table. There are no more folds than rows whose target is not
    the most frequent one; if there is but one such row, no fold can say when to stop, and members end after 20
    iterations. A member that would see one target alone learns from the fold that it holds back as well.

    With up to ten classes, a feature of 100 categories or more whose mean targets differ by more than chance is also
    learned from as a number: the mean target of its category,

    .. math:: t_c = \\frac{S_c + a m}{n_c + a}, \\qquad a = \\frac{\\text{variance within categories}}
        {\\text{variance between their means}},

    with the sum :math:`S_c` and number :math:`n_c` of the targets of other folds' rows and the mean :math:`m` of all
    (an empirical Bayes estimate [2]_). With several classes there is one for each. The model keeps a split by such a
    number as one of sets of categories. A category that no training row had is a missing value; if new categories are
    more frequent than rows without one, as folds show, the model takes it for a new one: it has the mean :math:`m`."""

AUTO_REFERENCES = """\
.. [1] L. Breiman, "Bagging predictors", Machine Learning 24(2), 123-140, 1996.
    .. [2] D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in classification and
       prediction problems", ACM SIGKDD Explorations 3(1), 27-32, 2001."""


def share_docs(cls: Class) -> Class:
    """Fill the shared parts into the docstring of a class."""
    parts: dict[str, str] = {
        "LEARNING": LEARNING,
        "ADDED": ADDED,
        "THREADS": THREADS,
        "FITTED": FITTED,
        "TREES": TREES,
        "REFERENCES": REFERENCES,
        "AUTO_SUMMARY": AUTO_SUMMARY,
        "AUTO_PARAMETERS": AUTO_PARAMETERS,
        "AUTO_ATTRIBUTES": AUTO_ATTRIBUTES,
        "AUTO_NOTES": AUTO_NOTES,
        "AUTO_REFERENCES": AUTO_REFERENCES,
    }
    if cls.__doc__:  # there is none under python -OO
        for name, text in parts.items():
            cls.__doc__ = cls.__doc__.replace(f"{{{name}}}", text)
    return cls
