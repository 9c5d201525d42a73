"""Laws of cnnbook.metrics.classification: they agree with scikit-learn on any predictions."""

import numpy as np
import pytest
import sklearn.metrics
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from cnnbook.metrics import (
    accuracy,
    accuracy_by_class,
    confusion_matrix,
    predicted_classes,
)

CLASSES = 5
pairs = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=40
).map(lambda drawn: (torch.tensor([p for p, _ in drawn]), torch.tensor([y for _, y in drawn])))


@given(pairs)
def test_accuracy_agrees_with_sklearn(drawn: tuple[Tensor, Tensor]) -> None:
    predictions, labels = drawn
    assert accuracy(predictions, labels) == sklearn.metrics.accuracy_score(labels, predictions)


@given(pairs)
def test_the_confusion_matrix_agrees_with_sklearn(drawn: tuple[Tensor, Tensor]) -> None:
    predictions, labels = drawn
    expected = sklearn.metrics.confusion_matrix(labels, predictions, labels=range(CLASSES))
    matrix = confusion_matrix(predictions, labels, CLASSES)
    assert matrix.tolist() == expected.tolist()
    assert int(matrix.diagonal().sum()) / len(labels) == accuracy(predictions, labels)


@given(pairs)
def test_accuracy_by_class_is_sklearns_recall_where_a_class_occurs(
    drawn: tuple[Tensor, Tensor],
) -> None:
    predictions, labels = drawn
    found = accuracy_by_class(predictions, labels, CLASSES)
    expected = sklearn.metrics.recall_score(
        labels, predictions, labels=range(CLASSES), average=None, zero_division=np.nan
    )
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


@given(pairs)
def test_scores_count_as_the_class_with_the_highest_one(drawn: tuple[Tensor, Tensor]) -> None:
    predictions, labels = drawn
    scores = torch.nn.functional.one_hot(predictions, CLASSES).float() * 3 - 1
    assert torch.equal(predicted_classes(scores), predictions)
    assert accuracy(scores, labels) == accuracy(predictions, labels)
    assert torch.equal(
        confusion_matrix(scores, labels, CLASSES), confusion_matrix(predictions, labels, CLASSES)
    )


def test_rows_are_true_classes_and_columns_predicted_ones() -> None:
    matrix = confusion_matrix(torch.tensor([2]), torch.tensor([0]), num_classes=3)
    assert matrix[0, 2] == 1


def test_a_class_without_images_has_no_accuracy() -> None:
    assert accuracy_by_class(torch.tensor([0]), torch.tensor([0]), 2).isnan().tolist() == [0, 1]


def test_another_number_of_labels_is_refused_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        accuracy(torch.tensor([0, 1, 2]), torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=r"\(3,\).*\(3, 1\)"):
        accuracy(torch.tensor([0, 1, 2]), torch.tensor([[0], [1], [2]]))
    with pytest.raises(ValueError, match=r"\(1,\).*\(\)"):
        accuracy(torch.tensor([0]), torch.tensor(0))


def test_no_predictions_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="no predictions"):
        accuracy(torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("scores", [torch.zeros(3), torch.zeros(2, 3, 4), torch.tensor(1)])
def test_predictions_of_another_kind_are_refused_by_shape(scores: Tensor) -> None:
    with pytest.raises(ValueError, match=r"scores \(N, classes\) or classes \(N,\)") as error:
        predicted_classes(scores)
    assert str(tuple(scores.shape)) in str(error.value)


def test_a_class_out_of_range_is_refused_by_its_value() -> None:
    zeros = torch.tensor([0, 0])
    with pytest.raises(ValueError, match="a prediction is 3, but there are 3 classes"):
        confusion_matrix(torch.tensor([0, 3]), zeros, 3)
    with pytest.raises(ValueError, match="a label is -1, but there are 3 classes"):
        confusion_matrix(zeros, torch.tensor([-1, 1]), 3)
