package supplier

import "strings"

// headerWords are the headers of lists as companies keep them, folded by
// headerText. Parts must have two characters or more; single ones count alone.
var headerWords = map[Column]words{
	ColumnCode: {
		known: list(`取引先コード 仕入先コード 業者コード 会社コード 得意先コード 支払先コード 協力会社コード 発注先コード
			サプライヤーコード ベンダーコード 企業コード コード 取引先cd 仕入先cd 業者cd cd 取引先番号 仕入先番号 業者番号 取引先id 仕入先id
			会社番号 管理番号 番号 整理番号 no id code suppliercode supplierno supplierid suppliernumber vendorcode vendorno vendorid vendornumber`),
		never: list(`郵便 法人 インボイス 登録 電話 部署 部門 担当 tel fax phone 口座 銀行 支店 国 invoice corporate 分類 区分 業種
			postal country 住所 都道府県 name 名称 カナ note notes mobile 携帯 ファックス 通貨 マイナンバー zip`),
	},
	ColumnName: {
		known: list(`会社名 取引先名 取引先名称 法人名 法人名称 商号 商号又は名称 商号マタハ名称 名称 企業名 企業名称 仕入先名 仕入先名称
			業者名 社名 貴社名 会社名称 得意先名 支払先名 協力会社名 発注先名 サプライヤー名 サプライヤ名 ベンダー名 事業者名 屋号 組織名 団体名
			取引先 仕入先 company companyname suppliername vendorname name supplier vendor organization organisation corporatename`),
		never: list(`カナ フリガナ ヨミ 読 コード cd 番号 担当 メール mail 電話 tel fax 部署 部門 略称 略名 銀行 支店 口座 英 code id number
			no contact person kana furigana reading 区分 分類 種別 住所 代表 username ランク 重要 タグ url 備考 支社 自社 弊社 当社 品名 商品 department country`),
	},
	ColumnKana: {
		known: list(`フリガナ カナ カナ名称 カナ名 名称カナ 会社名カナ 取引先名カナ 仕入先名カナ 法人名カナ 会社名フリガナ 取引先名フリガナ 商号フリガナ
			ヨミ ヨミガナ ヨミカナ 読ミ 読ミ仮名 読ミガナ 企業名カナ 社名カナ kana furigana reading companynamekana`),
		never: list(`担当 氏名 代表 contact person 口座 銀行 住所 窓口`),
	},
	ColumnCorporateNumber: {
		known: list(`法人番号 法人no 国税庁法人番号 法人マイナンバー corporatenumber corporateno corporateid`),
		never: list(`コード 会社法人等番号`),
	},
	ColumnInvoiceNumber: {
		known: list(`インボイス番号 インボイス登録番号 インボイス 適格請求書発行事業者登録番号 適格請求書 登録番号 事業者登録番号 t番号 invoicenumber
			invoiceno invoiceregistrationnumber`),
		never: list(`日 有無 区分`),
	},
	ColumnDepartment: {
		known: list(`部署 部署名 所属 所属部署 部門 部門名 担当部署 担当部署名 部課名 担当部門 department departmentname dept division section`),
		never: list(`コード cd 自社 弊社 当社 社内 購買 発注 code`),
	},
	ColumnContact: {
		known: list(`担当者 担当者名 ゴ担当 ゴ担当者 ゴ担当者名 ゴ担当者様 担当 担当名 氏名 担当者氏名 ゴ担当者氏名 窓口 窓口担当者 窓口担当者名 先方担当者
			先方担当 取引先担当者 連絡先氏名 宛名 contact contactname contactperson person personincharge attention`),
		never: list(`メール mail 電話 tel カナ フリガナ ヨミ 部署 部門 コード cd 自社 弊社 当社 社内 購買 バイヤー 営業担当 phone dept 役職 番号 code fax
			代表者 携帯 title kana 発注担当 調達`),
	},
	ColumnEmail: {
		known: list(`メールアドレス メール eメール eメールアドレス email emailaddress mail mailaddress 電子メール 電子メールアドレス メアド
			担当者メールアドレス 担当者メール 連絡先メールアドレス アドレス ゴ担当者メールアドレス contactemail`),
		never: list(`cc メルマガ メールマガジン 配信 不要 可否 マガジン 自社 弊社 当社 社内 ipアドレス url`),
	},
	ColumnPhone: {
		known: list(`電話 電話番号 tel telno tel番号 連絡先電話番号 代表電話 代表電話番号 代表tel 担当者電話番号 連絡先tel 直通電話 phone phonenumber
			phoneno telephone telephonenumber`),
		never: list(`fax ファックス ファクス 自社 弊社 当社 社内 携帯 mobile 内線`),
	},
	ColumnLang: {
		known: list(`言語 使用言語 表示言語 メール言語 language lang preferredlanguage`),
	},
	ColumnTags: {
		known: list(`タグ 分類 区分 取引先区分 取引先分類 仕入先区分 取引区分 業種 カテゴリ カテゴリー グループ 種別 取引先種別 tag tags category group
			品目分類`),
		never: list(`個人 重要 コード cd ランク 税 code`),
	},
	ColumnRank: {
		known: list(`重要度 ランク 重要度ランク 取引先ランク 優先度 重要区分 リスクランク tier rank importance priority criticality`),
		never: list(`日`),
	},
	ColumnPersonalData: {
		known: list(`個人データ 個人情報 個人データ取扱 個人データノ取扱 個人データノ取扱イ 個人データ取扱イ 個人情報取扱 個人情報取扱イ 個人情報ノ取扱 個人情報ノ取扱イ
			個人情報取扱有無 個人情報委託 個人データ委託 個人データノ委託 personaldata processespersonaldata personalinformation`),
		never: list(`方針 pマーク 保護 日 責任者 管理者`),
	},
	ColumnLane: {
		known: list(`送付方法 依頼方法 連絡方法 送付手段 発送方法 通知方法 lane deliverymethod sendby sentby`),
	},
	ColumnNote: {
		known: list(`備考 備考欄 メモ 摘要 コメント 特記事項 note notes remark remarks memo comment`),
		never: list(`日`),
	},
}

func list(s string) []string { return strings.Fields(s) }
