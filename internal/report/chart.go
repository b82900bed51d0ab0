package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"
)

// barChart is bars over labels. Values are counted from zero. The figures belong
// in a table beside it: a chart is a help, not the only source.
type barChart struct {
	Labels  []string
	Series  []chartSeries
	Stacked bool
	// Horizontal puts the labels at the left, for long ones.
	Horizontal bool
	// Percent says that the values are shares of 100; otherwise they are counts,
	// and the axis has whole numbers only.
	Percent bool
	// Width and Height are in pixels; 0 means 1400 × 520, which is sharp on
	// paper over the width of a page.
	Width, Height int
}

// chartSeries is one colour of bars.
type chartSeries struct {
	Name   string
	Values []float64
	Color  chartColor
}

// chartColor is a colour of the charts, from the Digital Agency palette. They
// also differ in lightness, so that they can be told apart in grey.
type chartColor string

// The colours.
const (
	chartBlue800   chartColor = "#0031d8"
	chartBlue300   chartColor = "#9db7f9"
	chartGreen600  chartColor = "#259d63"
	chartYellow400 chartColor = "#ffc700"
	chartRed900    chartColor = "#ce0000"
	chartGray420   chartColor = "#949494"
	chartGray200   chartColor = "#cccccc"
)

// errChart says that a chart has nothing to draw or rows of unequal length.
var errChart = errors.New("chart without values, or with a series of another length than its labels")

// chartPNG draws a chart for a PDF. The same chart gives the same bytes.
func (f *Fonts) chartPNG(c barChart) ([]byte, error) {
	return f.chart(c, charts.ChartOutputPNG)
}

func (f *Fonts) chart(c barChart, format string) (picture []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			picture, err = nil, fmt.Errorf("draw chart: %v", r)
		}
	}()
	if err := c.check(); err != nil {
		return nil, err
	}
	c = c.sized()
	p := charts.NewPainter(charts.PainterOptions{
		OutputFormat: format, Width: c.Width, Height: c.Height,
		Font: charts.GetFont(chartFont), Theme: c.theme(),
	})
	if err := p.BarChart(f.options(c)); err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	return p.Bytes()
}

// check refuses what the library would draw wrong or not at all.
func (c barChart) check() error {
	if len(c.Labels) == 0 || len(c.Series) == 0 {
		return errChart
	}
	for _, s := range c.Series {
		if len(s.Values) != len(c.Labels) {
			return errChart
		}
		for _, v := range s.Values {
			if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%w: value %v", errChart, v)
			}
		}
	}
	return nil
}

func (c barChart) sized() barChart {
	if c.Width == 0 {
		c.Width = 1400
	}
	if c.Height == 0 {
		c.Height = 520
	}
	return c
}

// em is the size of the chart's letters in points of the drawing: about 8
// points on paper at any width.
func (c barChart) em() float64 { return float64(c.Width) / 82 }

func (c barChart) theme() charts.ColorPalette {
	text, grid := charts.ColorFromHex("#1a1a1a"), charts.ColorFromHex("#d8d8db")
	colors := make([]charts.Color, len(c.Series))
	for i, s := range c.Series {
		colors[i] = charts.ColorFromHex(string(s.Color))
	}
	return charts.MakeTheme(charts.ThemeOption{
		AxisStrokeColor: charts.ColorFromHex("#767676"), AxisSplitLineColor: grid,
		BackgroundColor: charts.ColorFromHex("#ffffff"), TextColor: text, SeriesColors: colors,
	})
}

func (f *Fonts) options(c barChart) charts.BarChartOption {
	font := charts.FontStyle{FontSize: c.em(), Font: charts.GetFont(chartFont), FontColor: charts.ColorFromHex("#1a1a1a")}
	pad := c.Width / 60
	opt := charts.BarChartOption{
		Theme: c.theme(), Horizontal: c.Horizontal, StackSeries: charts.Ptr(c.Stacked),
		Padding:        charts.NewBox(pad, pad, 2*pad, pad),
		CategoryAxis:   charts.CategoryAxisOption{Labels: f.labels(c), LabelFontStyle: font, LabelCount: len(c.Labels)},
		ValueAxis:      []charts.ValueAxisOption{c.valueAxis(font)},
		Legend:         charts.LegendOption{Show: charts.Ptr(len(c.Series) > 1), FontStyle: font},
		BarSize:        0.62,
		ValueFormatter: func(v float64) string { return strconv.Itoa(int(math.Round(v))) },
	}
	for _, s := range c.Series {
		name := f.faces.Clean(s.Name).Text
		opt.Legend.SeriesNames = append(opt.Legend.SeriesNames, name)
		opt.SeriesList = append(opt.SeriesList, charts.BarSeries{Name: name, Values: slices.Clone(s.Values),
			Label: charts.SeriesLabel{Show: charts.Ptr(!c.Stacked), FontStyle: font,
				ValueFormatter: func(v float64) string { return strconv.Itoa(int(math.Round(v))) }}})
	}
	if c.Horizontal { // the library begins at the bottom, readers at the top
		for i := range opt.SeriesList {
			slices.Reverse(opt.SeriesList[i].Values)
		}
		slices.Reverse(opt.CategoryAxis.Labels)
	}
	return opt
}

// labels are the labels, cleaned and cut to what fits.
func (f *Fonts) labels(c barChart) []string {
	limit := 16 * 1000
	if !c.Horizontal {
		limit = int(float64(c.Width) * 0.62 / float64(len(c.Labels)) / c.em() * 1000)
	}
	out := make([]string, len(c.Labels))
	for i, l := range c.Labels {
		out[i] = shorten(f.faces.Clean(l).Text, limit, f.faces.Regular.RuneWidth)
	}
	return out
}

// valueAxis begins at zero and has whole, round steps.
func (c barChart) valueAxis(font charts.FontStyle) charts.ValueAxisOption {
	top, steps := 100.0, 5
	if !c.Percent {
		top, steps = scale(c.highest())
		if !c.Stacked && c.highest() > 0.9*top { // room for the figure above the bar
			top, steps = top/float64(steps)*float64(steps+1), steps+1
		}
	}
	return charts.ValueAxisOption{
		Min: charts.Ptr(0.0), Max: charts.Ptr(top), LabelCount: steps + 1, Unit: top / float64(steps),
		RangeValuePaddingScale: charts.Ptr(0.0), PreferNiceIntervals: charts.Ptr(false),
		SplitLineShow: charts.Ptr(true), LabelFontStyle: font,
	}
}

// highest is the highest bar.
func (c barChart) highest() float64 {
	highest := 0.0
	for i := range c.Labels {
		sum := 0.0
		for _, s := range c.Series {
			if c.Stacked {
				sum += s.Values[i]
			} else {
				sum = max(sum, s.Values[i])
			}
		}
		highest = max(highest, sum)
	}
	return highest
}

// scale gives the end of an axis of counts and its number of steps: steps of
// 1, 2 or 5 times a power of ten, so that every label is a whole number.
func scale(highest float64) (top float64, steps int) {
	step := 1.0
	for i := 0; highest > 5*step; i++ {
		step *= [...]float64{2, 2.5, 2}[i%3] // 1, 2, 5, 10, 20 …
	}
	steps = max(int(math.Ceil(highest/step)), 1)
	return step * float64(steps), steps
}
