"""Pictures of examples: the grid, Grad-CAM and feature maps."""

import numpy as np
import pytest
from toy_figures import CAPTIONS, HEATS, IMAGES, MAPS, WRONG, draw, texts

from cnnbench.evaluation import figures


def cells(figure):
    """Image, frame and caption of each example of a grid."""
    (axes,) = figure.axes
    return list(zip(axes.images, axes.patches, axes.texts, strict=True))


@pytest.mark.parametrize("name", ["samples", "grad_cam"])
def test_a_grid_has_two_rows_of_four_and_no_caption_touches_another(name):
    figure = draw(name)
    figure.draw_without_rendering()
    captions = [caption.get_window_extent() for _, _, caption in cells(figure)]
    images = [image.get_window_extent() for image, _, _ in cells(figure)]
    assert len(captions) == 8
    assert [len({round(getattr(image, side), 3) for image in images}) for side in ("x0", "y0")] == [4, 2]
    for index, box in enumerate(captions):
        assert not any(box.overlaps(other) for other in captions[index + 1 :])
        assert not any(box.overlaps(image) for image in images)
    for image, frame, _ in cells(figure):
        (left, right, bottom, top), corner = image.get_extent(), frame.get_xy()
        assert (left, top, right, bottom) == pytest.approx(
            (*corner, corner[0] + frame.get_width(), corner[1] + frame.get_height())
        )


def test_what_is_wrong_stands_out_by_its_frame_too():
    (_, frame, caption), *rest = cells(draw("samples"))
    assert len({other.get_color() for _, _, other in rest}) == 1
    assert caption.get_color() != rest[0][2].get_color()
    assert frame.get_linewidth() > 2 * rest[0][1].get_linewidth()
    grey = figures.samples(IMAGES[..., :1], CAPTIONS)
    assert len({caption.get_color() for _, _, caption in cells(grey)}) == 1


def test_names_with_signs_of_formulas_and_of_any_length_are_shown_as_they_are(tmp_path):
    figure = figures.samples(IMAGES[:1], ["$\\frac{$ a_b\n" + "x" * 80])
    figures.save(figure, tmp_path / "a.png")
    ((_, _, caption),) = cells(figures.samples(IMAGES[:1], ["$\\frac{$ a_b\n" + "x" * 80]))
    first, second = caption.get_text().split("\n")
    assert first == "$\\frac{$ a_b"
    assert len(second) == 26
    figures.save(figures.feature_maps(IMAGES[0], [("$\\frac{$", MAPS[0][1])], "$\\frac{$"), tmp_path / "b.png")


def test_an_overlay_is_the_brighter_the_hotter_and_keeps_the_image_to_be_seen():
    image, heat = np.full((4, 4, 1), 100, np.uint8), np.linspace(0, 1, 16).reshape(4, 4)
    image[0, 0] = 200
    painted = figures.overlay(image, heat)
    assert (painted.shape, painted.dtype) == ((4, 4, 3), np.uint8)
    lightness = (painted @ np.array([0.299, 0.587, 0.114])).ravel()
    assert (np.diff(lightness[1:]) > 0).all()
    assert lightness[0] > lightness[1], "the bright pixel under no heat"
    colour = np.repeat(image, 3, axis=2)
    assert (figures.overlay(colour, heat) == painted).all(), "a grey image in colour"
    assert (figures.overlay(image, heat * 7) == figures.overlay(image, np.minimum(heat * 7, 1))).all()


def test_grad_cam_sets_each_overlay_below_its_image():
    figure = figures.grad_cam(IMAGES[:2, :, :, :1], HEATS[:2], CAPTIONS[:2], WRONG[:2])
    for (drawn, _, _), image, heat in zip(cells(figure), IMAGES[:2, :, :, :1], HEATS, strict=False):
        pixels = np.asarray(drawn.get_array())
        assert (pixels[:28] == np.repeat(image, 3, axis=2)).all()
        assert (pixels[-28:] == figures.overlay(image, heat)).all()


def test_feature_maps_show_the_strongest_channels_first_each_by_itself():
    values = np.zeros((2, 2, 10), np.float32)
    for channel in range(10):
        values[0, 0, channel] = channel  # the ninth is the strongest, the first is dead
    values[1, 1, 3] = -5.5  # no relu: it becomes the second
    (axes,) = figures.feature_maps(IMAGES[0], [("layer", values)], "caption").axes
    image, *maps = (np.asarray(drawn.get_array()) for drawn in axes.images)
    assert (image == IMAGES[0]).all()
    assert len(maps) == 8
    assert maps[0].tolist() == [[1, 0], [0, 0]]
    assert maps[1] == pytest.approx(np.array([[1, 5.5 / 8.5], [5.5 / 8.5, 0]]))
    assert {"layer\n2×2×10", "caption", "input\n28×28×3"} <= set(texts(axes.figure))


def test_maps_of_one_pixel_are_scaled_by_their_layer_and_dead_ones_are_black():
    (axes,) = figures.feature_maps(IMAGES[0], MAPS[1:], "").axes
    maps = [np.asarray(drawn.get_array()) for drawn in axes.images[1:]]
    strongest = np.sort(MAPS[1][1].ravel())[::-1][:8]
    assert [values.item() for values in maps[:8]] == pytest.approx(list(strongest / strongest[0]))
    assert [values.max() for values in maps[8:]] == [0, 0, 0]
