package report

// Distribution counts the answers of one section by mark.
type Distribution struct {
	Title  string
	Counts map[Mark]int
}

func (d Distribution) total() int {
	total := 0
	for _, m := range markOrder {
		total += d.Counts[m]
	}
	return total
}

// aroundPicture is what a heading above and a caption below a picture take, in mm.
const aroundPicture = 26.0

// distributions draws the shares of the answers by section, with the counts in
// a table below. Sections that nobody answered are left out, and nothing is
// drawn without any.
func (d *paper) distributions(all []Distribution, w Words) error {
	var shown []Distribution
	for _, one := range all {
		if one.total() > 0 {
			shown = append(shown, one)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	chart := distributionChart(shown, w).sized()
	png, err := d.fonts.chartPNG(chart)
	if err != nil {
		return err
	}
	proportion := float64(chart.Height) / float64(chart.Width)
	d.need(aroundPicture + bodyWidth*proportion) // the heading stays with its picture
	d.heading(w.T("report.distribution"))
	d.image("png", png, proportion, w.T("report.distribution-caption"))
	columns := []column{{title: w.T("report.section"), share: 22}}
	for _, m := range markOrder {
		columns = append(columns, column{title: looks[m].shape + "\n" + w.T(looks[m].key), share: 13, right: true})
	}
	var rows []row
	for _, one := range shown {
		cells := []cell{plain(one.Title)}
		for _, m := range markOrder {
			cells = append(cells, plain(grouped(one.Counts[m])))
		}
		rows = append(rows, row{cells: cells})
	}
	d.table(columns, rows)
	return nil
}

// distributionChart shows the shares of the marks, section by section.
func distributionChart(sections []Distribution, w Words) barChart {
	c := barChart{Stacked: true, Horizontal: true, Percent: true, Height: 200 + 70*len(sections)}
	for _, section := range sections {
		c.Labels = append(c.Labels, section.Title)
	}
	for _, m := range markOrder {
		series := chartSeries{Name: w.T(looks[m].key), Color: looks[m].chart}
		for _, section := range sections {
			series.Values = append(series.Values, 100*float64(section.Counts[m])/float64(section.total()))
		}
		c.Series = append(c.Series, series)
	}
	return c
}
