from __future__ import annotations

from camera_estimation.comparison.page._pictures import Figure
from camera_estimation.comparison.page._tables import Heading, PageCell, Table
from camera_estimation.comparison.page.report import templates


def render(template, macro, value):
    return getattr(templates().get_template(template).module, macro)(value)


def test_every_text_of_a_table_is_escaped():
    cell = PageCell('<b>"x"', '<i>"y"', note="<small>", kind="text")
    drawing = render("elements.html", "table", Table([Heading("<name>", is_text=True), Heading("")], [[cell]]))
    for text in ("<b>", "<i>", "<name>", '"y"'):
        assert text not in drawing
    assert '<td class="text" data-value="&lt;i&gt;&#34;y&#34;">&lt;b&gt;' in drawing
    assert drawing.count("<button") == 1  # nothing is sorted by a column without a heading


def test_a_column_without_a_value_has_none_to_sort_by():
    drawing = render("elements.html", "table", Table([Heading("loss")], [[PageCell("-")], [PageCell("0", 0.0)]]))
    assert drawing.count("data-value") == 1
    assert "sortable" in drawing
    assert "sortable" not in render("elements.html", "table", Table([], [], is_sortable=False))


def test_a_figure_without_a_picture_says_why():
    drawing = render("elements.html", "figure", Figure("l1", [], "failed: <why>", "loss 1"))
    assert "<img" not in drawing
    assert "failed: &lt;why&gt;" in drawing
    assert "<b>l1</b>loss 1" in drawing
