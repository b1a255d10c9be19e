use std::path::Path;

use plotters::prelude::{
    BLACK, ChartBuilder, Color, DashedLineSeries, IntoDrawingArea, IntoLogRange, LineSeries,
    PathElement, RGBColor, SVGBackend, SeriesLabelPosition, WHITE,
};

use crate::{measure::Series, readable};

/// Colours that people tell apart who see few of them, after Okabe and Ito.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(90, 90, 90),
];

/// Draws time against number, both by their logarithm, and dashed what each series would be if it were linear from its first
/// point on.
pub(crate) fn draw(file: &Path, series: &[Series]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let points = || series.iter().flat_map(|series| &series.points);
    let most = points().map(|(count, _)| *count).fold(1.0, f64::max);
    let least = points().map(|(count, _)| *count).fold(most, f64::min);
    let longest = points().map(|(_, seconds)| *seconds).fold(1e-6, f64::max);
    let shortest = points().map(|(_, seconds)| *seconds).fold(longest, f64::min);
    let area = SVGBackend::new(file, (900, 600)).into_drawing_area();
    area.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(84)
        .build_cartesian_2d((least..most).log_scale(), (shortest / 2.0..longest * 20.0).log_scale())
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("how many: statements, principals or bundles")
        .y_desc("time")
        .x_label_formatter(&|count| format!("{count:.0}"))
        .y_label_formatter(&|seconds| readable(*seconds))
        .draw()
        .map_err(|error| failed(&error))?;
    for (series, colour) in series.iter().zip(COLOURS) {
        let points = series.points.iter().copied();
        let line = LineSeries::new(points, colour.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)
            .map_err(|error| failed(&error))?
            .label(series.name.replace('`', ""))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        if let Some((fewest, first)) = series.points.first() {
            let linear = series.points.iter().map(|(count, _)| (*count, first * count / fewest));
            let dashed = DashedLineSeries::new(linear, 3, 5, colour.stroke_width(1));
            chart.draw_series(dashed).map_err(|error| failed(&error))?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()
        .map_err(|error| failed(&error))?;
    area.present().map_err(|error| failed(&error))
}
