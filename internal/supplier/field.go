package supplier

import (
	"strings"
	"time"

	"tsunagi/internal/fault"
)

// Supplier is one company in a buyer's directory. Names stay as they were given;
// only Search and Texts are folded.
type Supplier struct {
	ID              string `bson:"_id"`
	Org             string `bson:"org_id"`   // the buyer
	Code            string `bson:"code"`     // the buyer's own code, unique within the buyer
	CodeKey         string `bson:"code_key"` // the code folded for comparing
	Name            string `bson:"name"`
	Kana            string `bson:"kana"` // full-width katakana; lists are sorted by it
	CorporateNumber string `bson:"corporate_number,omitempty"`
	InvoiceNumber   string `bson:"invoice_number,omitempty"`

	Department  string `bson:"department,omitempty"`
	ContactName string `bson:"contact_name,omitempty"`
	Email       string `bson:"email,omitempty"`
	Phone       string `bson:"phone,omitempty"`
	Lang        string `bson:"lang"` // "ja" or "en": the language of its mails and pages
	// Contacts are the people beside the main contact, who stands above.
	Contacts []Contact `bson:"contacts,omitempty"`

	Tags []string `bson:"tags,omitempty"`
	// HoldsData, StopsUs and ReachesSystems are the answers to the three tier
	// questions; nil means that nobody has judged yet.
	HoldsData      *bool `bson:"holds_data,omitempty"`
	StopsUs        *bool `bson:"stops_us,omitempty"`
	ReachesSystems *bool `bson:"reaches_systems,omitempty"`
	// Rank is the importance that the buyer's own list gave, used while the three
	// questions decide nothing.
	Rank Tier `bson:"rank,omitempty"`
	// Tier is derived from the above by Supplier.Prepare and stored for filters.
	Tier Tier `bson:"tier"`
	// PersonalData: it processes personal data for the buyer, who must supervise
	// it (Act on the Protection of Personal Information, article 25).
	PersonalData bool `bson:"personal_data,omitempty"`
	Lane         Lane `bson:"lane"`
	// Ended: nothing is bought from it any more. It stays in the directory with all that
	// was asked, and no campaign asks it.
	Ended bool   `bson:"ended,omitempty"`
	Note  string `bson:"note,omitempty"`

	Search    []string  `bson:"search"`   // grams of everything it may be searched by
	Texts     []string  `bson:"texts"`    // the same texts whole, folded; see Keys
	Revision  int       `bson:"revision"` // raised with every change, against lost updates
	CreatedAt time.Time `bson:"created_at"`
	UpdatedAt time.Time `bson:"updated_at"`
	AskedAt   time.Time `bson:"asked_at,omitempty"` // when a campaign last asked it
	// AskedUntil is the latest day until which a campaign that asked it takes answers.
	AskedUntil time.Time `bson:"asked_until,omitempty"`
}

// OnPaper tells whether nothing is mailed to it.
func (s Supplier) OnPaper() bool { return s.Lane == LanePaper }

// Column names a field of a supplier: in lists that are imported, in forms and in
// what changed. Its label's message key is "suppliers.column." + column.
type Column string

// The columns.
const (
	ColumnCode            Column = "code"
	ColumnName            Column = "name"
	ColumnKana            Column = "kana"
	ColumnCorporateNumber Column = "corporate-number"
	ColumnInvoiceNumber   Column = "invoice-number"
	ColumnDepartment      Column = "department"
	ColumnContact         Column = "contact"
	ColumnEmail           Column = "email"
	ColumnPhone           Column = "phone"
	ColumnLang            Column = "lang"
	ColumnTags            Column = "tags"
	ColumnRank            Column = "rank"
	ColumnPersonalData    Column = "personal-data"
	ColumnLane            Column = "lane"
	ColumnNote            Column = "note"
	ColumnEnded           Column = "ended"
	ColumnHolds           Column = "holds"
	ColumnStops           Column = "stops"
	ColumnReaches         Column = "reaches"
	ColumnContacts        Column = "contacts"
)

// fields says everything about every field, in the order of forms and lists. A new
// field is a member of Supplier, a Column, and a row.
var fields = []Field{
	{Key: ColumnCode, Width: "medium", Missing: "fault.supplier.code-missing", Dash: true, Search: whole, Sample: "S0001",
		handle: text(func(s *Supplier) *string { return &s.Code }, parseCode),
		Words: words{
			known: list(`取引先コード 仕入先コード 業者コード 会社コード 得意先コード 支払先コード 協力会社コード 発注先コード
				サプライヤーコード ベンダーコード 企業コード コード 取引先cd 仕入先cd 業者cd cd 取引先番号 仕入先番号 業者番号 取引先id 仕入先id
				取引先no 仕入先no 業者no 会社番号 管理番号 整理番号 id code suppliercode supplierno supplierid suppliernumber vendorcode vendorno vendorid vendornumber`),
			never: list(`郵便 法人 インボイス 登録 電話 部署 部門 担当 tel fax phone 口座 銀行 支店 国 invoice corporate 分類 区分 業種
				postal country 住所 都道府県 name 名称 カナ note notes mobile 携帯 ファックス 通貨 マイナンバー zip 連番 通番 項番 順番 行番号
				通シ sequence seq 市区町村 市町村 自治体 県コード prefecture city municipality`),
		},
	},
	{Key: ColumnName, Missing: "fault.supplier.name-missing", Limit: MaxName, Dash: true, Search: whole, Sample: "見本精工株式会社",
		handle: text(func(s *Supplier) *string { return &s.Name }, called),
		Words: words{
			known: list(`会社名 取引先名 取引先名称 法人名 法人名称 商号 商号又は名称 商号マタハ名称 名称 企業名 企業名称 仕入先名 仕入先名称
				業者名 社名 貴社名 会社名称 得意先名 支払先名 協力会社名 発注先名 サプライヤー名 サプライヤ名 ベンダー名 事業者名 屋号 組織名 団体名
				取引先 仕入先 company companyname suppliername vendorname name supplier vendor organization organisation corporatename`),
			never: list(`カナ フリガナ ヨミ 読 コード cd 番号 担当 メール mail 電話 tel fax 部署 部門 略称 略名 銀行 支店 口座 英 code id number
				no contact person kana furigana reading 区分 分類 種別 住所 代表 username ランク 重要 タグ url 備考 支社 自社 弊社 当社 品名 商品 department country`),
		},
	},
	{Key: ColumnKana, Limit: MaxKana, Search: readings, Sample: "ミホンセイコウ",
		handle: text(func(s *Supplier) *string { return &s.Kana }, parseKana),
		Words: words{
			known: list(`フリガナ カナ カナ名称 カナ名 名称カナ 会社名カナ 取引先名カナ 仕入先名カナ 法人名カナ 会社名フリガナ 取引先名フリガナ 商号フリガナ
				ヨミ ヨミガナ ヨミカナ 読ミ 読ミ仮名 読ミガナ 企業名カナ 社名カナ kana furigana reading companynamekana`),
			never: list(`担当 氏名 代表 contact person 口座 銀行 住所 窓口`),
		},
	},
	{Key: ColumnCorporateNumber, Keyboard: "numeric", Width: "medium", Search: whole, Sample: "8999990000001",
		handle: text(func(s *Supplier) *string { return &s.CorporateNumber }, parseCorporateNumber),
		Words: words{
			known: list(`法人番号 法人no 国税庁法人番号 法人マイナンバー corporatenumber corporateno corporateid`),
			never: list(`コード 会社法人等番号`),
		},
	},
	{Key: ColumnInvoiceNumber, Width: "medium", Sample: "T8999990000001",
		handle: beside(func(s *Supplier) *string { return &s.InvoiceNumber }, func(s *Supplier, given string) (string, *fault.Field) {
			return parseInvoiceNumber(given, s.CorporateNumber)
		}),
		Words: words{
			known: list(`インボイス番号 インボイス登録番号 インボイス 適格請求書発行事業者登録番号 適格請求書 登録番号 事業者登録番号 t番号 invoicenumber
				invoiceno invoiceregistrationnumber`),
			never: list(`日 有無 区分`),
		},
	},
	{Key: ColumnDepartment, Limit: MaxDepartment, Sample: "総務部",
		handle: text(func(s *Supplier) *string { return &s.Department }, called),
		Words: words{
			known: list(`部署 部署名 所属 所属部署 部門 部門名 担当部署 担当部署名 部課名 担当部門 department departmentname dept division section`),
			never: list(`コード cd 自社 弊社 当社 社内 購買 発注 code`),
		},
	},
	{Key: ColumnContact, Limit: MaxContact, Search: whole, Sample: "例 太郎",
		handle: text(func(s *Supplier) *string { return &s.ContactName }, called),
		Words: words{
			known: list(`担当者 担当者名 ゴ担当 ゴ担当者 ゴ担当者名 ゴ担当者様 担当 担当名 氏名 担当者氏名 ゴ担当者氏名 窓口 窓口担当者 窓口担当者名 先方担当者
				先方担当 取引先担当者 連絡先氏名 宛名 contact contactname contactperson person personincharge attention`),
			never: list(`メール mail 電話 tel カナ フリガナ ヨミ 部署 部門 コード cd 自社 弊社 当社 社内 購買 バイヤー 営業担当 phone dept 役職 番号 code fax
				代表者 携帯 title kana 発注担当 調達`),
		},
	},
	{Key: ColumnEmail, Type: "email", Search: whole, Sample: "mihon@example.jp",
		handle: text(func(s *Supplier) *string { return &s.Email }, parseEmail),
		Words: words{
			known: list(`メールアドレス メール eメール eメールアドレス email emailaddress mail mailaddress 電子メール 電子メールアドレス メアド
				担当者メールアドレス 担当者メール 連絡先メールアドレス アドレス ゴ担当者メールアドレス contactemail`),
			never: list(`cc メルマガ メールマガジン 配信 不要 可否 マガジン 自社 弊社 当社 社内 ipアドレス url`),
		},
	},
	{Key: ColumnPhone, Type: "tel", Width: "medium", Search: whole, Sample: "000-0000-0000",
		rescue: rescuePhone,
		handle: text(func(s *Supplier) *string { return &s.Phone }, parsePhone),
		Words: words{
			known: list(`電話 電話番号 tel telno tel番号 連絡先電話番号 代表電話 代表電話番号 代表tel 担当者電話番号 連絡先tel 直通電話 phone phonenumber
				phoneno telephone telephonenumber`),
			never: list(`fax ファックス ファクス 自社 弊社 当社 社内 携帯 mobile 内線`),
		},
	},
	{Key: ColumnLang, Control: Radios, Missing: "fault.choose", Choices: []string{"ja", "en"}, Sample: "en",
		handle: choice(ColumnLang, func(s *Supplier) *string { return &s.Lang }, languages, "ja", "en"),
		Words: words{
			known: list(`言語 使用言語 表示言語 メール言語 language lang preferredlanguage`),
		},
	},
	{Key: ColumnLane, Control: Radios, Missing: "fault.choose", Choices: []string{"mail", "paper"}, Sample: "paper",
		handle: choice(ColumnLane, func(s *Supplier) *Lane { return &s.Lane }, lanes, Lanes...),
		Words: words{
			known: list(`送付方法 依頼方法 連絡方法 送付手段 発送方法 通知方法 lane deliverymethod sendby sentby`),
		},
	},
	{Key: ColumnTags, Hint: "suppliers.tags-hint", Sample: "金属加工、物流",
		handle: tagList(),
		Words: words{
			known: list(`タグ 分類 区分 取引先区分 取引先分類 仕入先区分 取引区分 業種 カテゴリ カテゴリー グループ 種別 取引先種別 tag tags category group
				品目分類`),
			never: list(`個人 重要 コード cd ランク 税 code`),
		},
	},
	{Key: ColumnHolds, Control: Radios, Choices: []string{"yes", "no", ""}, Sample: "yes",
		Heading: "suppliers.tier-title", Lead: "suppliers.tier-lead",
		handle: answer(func(s *Supplier) **bool { return &s.HoldsData }),
	},
	{Key: ColumnStops, Control: Radios, Choices: []string{"yes", "no", ""}, Sample: "no",
		handle: answer(func(s *Supplier) **bool { return &s.StopsUs }),
	},
	{Key: ColumnReaches, Control: Radios, Choices: []string{"yes", "no", ""}, Sample: "no",
		handle: answer(func(s *Supplier) **bool { return &s.ReachesSystems }),
	},
	{Key: ColumnRank, Control: Radios, Choices: []string{"1", "2", "3", ""}, Label: "suppliers.rank", Hint: "suppliers.rank-hint", Sample: "2",
		handle: rank(),
		Words: words{
			known: list(`重要度 ランク 重要度ランク 取引先ランク 優先度 重要区分 リスクランク tier rank importance priority criticality`),
			never: list(`日`),
		},
	},
	{Key: ColumnPersonalData, Control: Checkbox, Dash: true, Label: "suppliers.personal-data", Hint: "suppliers.personal-data-hint", Sample: "yes",
		handle: flag(func(s *Supplier) *bool { return &s.PersonalData }),
		Words: words{
			known: list(`個人データ 個人情報 個人データ取扱 個人データノ取扱 個人データノ取扱イ 個人データ取扱イ 個人情報取扱 個人情報取扱イ 個人情報ノ取扱 個人情報ノ取扱イ
				個人情報取扱有無 個人情報委託 個人データ委託 個人データノ委託 personaldata processespersonaldata personalinformation`),
			never: list(`方針 pマーク 保護 日 責任者 管理者`),
		},
	},
	{Key: ColumnEnded, Control: Checkbox, Label: "suppliers.ended", Hint: "suppliers.ended-hint", Sample: "yes",
		handle: flag(func(s *Supplier) *bool { return &s.Ended }),
		Words: words{
			known: list(`取引終了 取引ノ終了 取引停止 取引終了区分 使用停止 停止 廃止 無効 ended inactive outofuse nolongerused`),
			never: list(`日 年 月 予定 理由 date reason`),
		},
	},
	{Key: ColumnNote, Control: Textarea, Limit: MaxNote, Dash: true, Sample: "年に1回、訪問している",
		handle: text(func(s *Supplier) *string { return &s.Note }, lines),
		Words: words{
			known: list(`備考 備考欄 メモ 摘要 コメント 特記事項 note notes remark remarks memo comment`),
			never: list(`日`),
		},
	},
	{Key: ColumnContacts, Control: People, Heading: "suppliers.contacts-title", Lead: "suppliers.contacts-lead", Search: contactTexts,
		Sample: "copy | ja | hanako@example.jp | 例 花子 | 品質保証部 | 000-0000-0001\napprover | en |  | Alex Example",
		parts:  contactsChanged, handle: people(),
		Words: words{
			known: list(`ソノホカノ連絡先 ソノ他ノ連絡先 ソノ他連絡先 他ノ連絡先 連絡先一覧 furthercontacts othercontacts contacts`),
		},
	},
}

func list(s string) []string { return strings.Fields(s) }
