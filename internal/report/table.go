package report

// column is a column of a table.
type column struct {
	title string
	share float64 // of the table's width, against the other columns
	right bool    // numbers
}

// block is one paragraph in a cell.
type block struct {
	text  string
	style style
}

// cell is what stands in one field of a table.
type cell []block

// row is a row of a table.
type row struct {
	cells []cell
	// wide is set below the cells, over the table's width less the first
	// column, on a tinted ground: comments. It stays with its row.
	wide cell
}

var (
	tableText  = style{size: 9, leading: 1.5}
	tableSmall = style{size: 7.5, leading: 1.5, color: soft}
	tableHead  = style{size: 8.5, leading: 1.4, bold: true, color: blue1000}
)

// plain is a cell with one text.
func plain(text string) cell { return cell{{text, tableText}} }

// small is a cell with one text in small letters, for codes and hashes.
func small(text string) cell { return cell{{text, tableSmall}} }

const (
	cellPadX = 1.8 // mm
	cellPadY = 1.3
)

// table is a table in the making.
type table struct {
	doc     *paper
	columns []column
	x, w    []float64 // left edge and width of each column
	head    [][]line
	shaded  bool // every second row
	begun   bool
	count   int
}

// table sets rows below a head that is repeated on every page. Rows stay whole
// unless they are higher than a good part of a page.
func (d *paper) table(columns []column, rows []row) {
	t := d.newTable(columns)
	for _, r := range rows {
		t.add(r)
	}
	t.end()
}

func (d *paper) newTable(columns []column) *table {
	t := &table{doc: d, columns: columns, shaded: true}
	total := 0.0
	for _, c := range columns {
		total += c.share
	}
	x := marginSide
	titled := false
	for _, c := range columns {
		w := bodyWidth * c.share / total
		t.x, t.w = append(t.x, x), append(t.w, w)
		x += w
		titled = titled || c.title != ""
	}
	if titled {
		for i, c := range columns {
			t.head = append(t.head, t.lay(cell{{c.title, tableHead}}, i))
		}
	}
	return t
}

// lay breaks a cell into lines for a column.
func (t *table) lay(c cell, column int) []line {
	lines := t.doc.layCell(c, t.w[column]-2*cellPadX)
	for i := range lines {
		lines[i].right = t.columns[column].right
	}
	return lines
}

func (d *paper) layCell(c cell, width float64) []line {
	var out []line
	for _, b := range c {
		if b.text != "" {
			out = append(out, d.lines(b.text, b.style, width)...)
		}
	}
	return out
}

// heightOf is the height of lines with the padding above and below.
func heightOf(lines []line) float64 {
	h := 2 * cellPadY
	for _, l := range lines {
		h += l.style.lineHeight()
	}
	return h
}

func tallest(cells [][]line) float64 {
	h := 0.0
	for _, c := range cells {
		h = max(h, heightOf(c))
	}
	return h
}

func (t *table) headHeight() float64 {
	if t.head == nil {
		return 0
	}
	return tallest(t.head)
}

// drawHead draws the head at the place reached.
func (t *table) drawHead() {
	t.begun = true
	if t.head == nil {
		t.doc.put(lineMark{marginSide, t.doc.y, bodyWidth, 0.2, rule})
		return
	}
	h := t.headHeight()
	t.doc.put(boxMark{marginSide, t.doc.y, bodyWidth, h, blue50})
	t.drawCells(t.head)
	t.doc.y += h
	t.doc.put(lineMark{marginSide, t.doc.y, bodyWidth, 0.35, blue900})
}

// turn goes to the next page and repeats the head.
func (t *table) turn() {
	t.doc.newPage()
	t.drawHead()
}

// splitFrom is the share of a page above which a row is divided rather than
// moved to the next page.
const splitFrom = 0.4

// add sets one row.
func (t *table) add(r row) {
	cells := make([][]line, len(t.columns))
	for i := range t.columns {
		if i < len(r.cells) {
			cells[i] = t.lay(r.cells[i], i)
		}
	}
	wide := t.layWide(r.wide)
	height := tallest(cells)
	kept := height + min(wideHeight(wide), 20)
	body := bodyBottom - marginTop - t.headHeight()
	if !t.begun {
		first := kept
		if first > body*splitFrom {
			first = 30
		}
		t.doc.need(t.headHeight() + first)
		t.drawHead()
	}
	if kept > t.doc.room() && (kept <= body*splitFrom || t.doc.room() < 30) && t.doc.room() < body {
		t.turn()
	}
	t.drawRow(cells)
	t.drawWide(wide)
	t.doc.put(lineMark{marginSide, t.doc.y, bodyWidth, 0.2, rule})
	t.count++
}

// drawRow draws a row, over as many pages as it takes.
func (t *table) drawRow(cells [][]line) {
	for {
		now, later := cells, [][]line(nil)
		if tallest(cells) > t.doc.room() {
			now, later = divide(cells, t.doc.room())
		}
		h := tallest(now)
		if t.shaded && t.count%2 == 1 {
			t.doc.put(boxMark{marginSide, t.doc.y, bodyWidth, h, zebra})
		}
		t.drawCells(now)
		t.doc.y += h
		if later == nil {
			return
		}
		t.turn()
		cells = later
	}
}

func (t *table) drawCells(cells [][]line) {
	for i, lines := range cells {
		y := t.doc.y + cellPadY
		for _, l := range lines {
			t.doc.text(t.doc.page(), l, t.x[i]+cellPadX, y, t.w[i]-2*cellPadX)
			y += l.style.lineHeight()
		}
	}
}

// divide splits the lines of cells at a height. At least one line goes before
// the split, so that a page is never turned for nothing; later is nil when
// nothing is left.
func divide(cells [][]line, height float64) (now, later [][]line) {
	now, later = make([][]line, len(cells)), make([][]line, len(cells))
	rest := false
	for i, lines := range cells {
		n, used := 0, 2*cellPadY
		for n < len(lines) && (n == 0 || used+lines[n].style.lineHeight() <= height) {
			used += lines[n].style.lineHeight()
			n++
		}
		now[i], later[i] = lines[:n], lines[n:]
		rest = rest || n < len(lines)
	}
	if !rest {
		return now, nil
	}
	return now, later
}

// wideLeft is the left edge of what is below the cells.
func (t *table) wideLeft() float64 {
	if len(t.x) < 2 {
		return marginSide
	}
	return t.x[1]
}

func (t *table) layWide(c cell) []line {
	return t.doc.layCell(c, marginSide+bodyWidth-t.wideLeft()-5)
}

func wideHeight(lines []line) float64 {
	if len(lines) == 0 {
		return 0
	}
	return heightOf(lines)
}

// drawWide draws what is below the cells, over as many pages as it takes.
func (t *table) drawWide(lines []line) {
	left := t.wideLeft()
	for len(lines) > 0 {
		if t.doc.room() < heightOf(lines[:1]) {
			t.turn()
		}
		now := lines
		if heightOf(lines) > t.doc.room() {
			parts, _ := divide([][]line{lines}, t.doc.room())
			now = parts[0]
		}
		h := heightOf(now)
		t.doc.put(boxMark{left, t.doc.y, marginSide + bodyWidth - left, h - 0.6, blue50})
		t.doc.put(boxMark{left, t.doc.y, 0.8, h - 0.6, blue300})
		y := t.doc.y + cellPadY - 0.3
		for _, l := range now {
			t.doc.text(t.doc.page(), l, left+3, y, marginSide+bodyWidth-left-5)
			y += l.style.lineHeight()
		}
		t.doc.y += h
		lines = lines[len(now):]
	}
}

// end leaves space below the table.
func (t *table) end() {
	if t.begun {
		t.doc.space(3)
	}
}

// pair is a label and what it says.
type pair struct{ label, value string }

// pairs sets labels and values side by side; pairs without a value are left out.
func (d *paper) pairs(list []pair) {
	t := d.newTable([]column{{share: 24}, {share: 76}})
	t.shaded = false
	for _, p := range list {
		if p.value == "" {
			continue
		}
		t.add(row{cells: []cell{{{p.label, style{size: 9, leading: 1.5, color: soft}}}, plain(p.value)}})
	}
	t.end()
}
