//! Files in the published layouts, made here, and everything that can be wrong with them.

use std::io::Write;

use ndarray::array;
use polars::prelude::{Column, DataFrame, ParquetWriter};

use super::*;
use crate::cases::drug_resistance::Tissue;
use crate::cases::test_data;

fn source(place: &str, text: impl AsRef<[u8]>) -> Source {
    Source::bytes(place, text.as_ref().to_vec())
}

fn read(text: impl AsRef<[u8]>) -> Result<Expression, ReadError> {
    expression(&source("E.csv", text))
}

fn response(text: impl AsRef<[u8]>, drug: Option<&str>) -> Result<Responses, ReadError> {
    responses(&source("R.csv", text), &Choice { drug: drug.map(str::to_string), ..Choice::default() })
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn parquet(columns: Vec<Column>) -> Vec<u8> {
    let height = columns[0].len();
    let mut frame = DataFrame::new(height, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    bytes
}

fn parts<'a>(expression: &'a Expression, responses: &'a Responses) -> Parts<'a> {
    Parts { expression, responses, folds: None, feature_set: None, tissue: None, lines: None }
}

/// The exclusions of one kind, as `id: reason`.
fn listed(exclusions: &[Exclusion], subject: Subject) -> Vec<String> {
    let of = exclusions.iter().filter(|exclusion| exclusion.subject == subject);
    of.map(|exclusion| format!("{}: {}", exclusion.id, exclusion.reason)).collect()
}

/// `Cell_line_RMA_proc_basalExp.txt` of GDSC1000: tab-separated, genes in rows, symbol and title first, `DATA.<COSMIC id>`,
/// rows without a symbol, replicate columns; titles hold commas, semicolons, quotes.
const RMA: &str = "GENE_SYMBOLS\tGENE_title\tDATA.906826\tDATA.687983\tDATA.1503362\tDATA.1503362.1\n\
    TSPAN6\ttetraspanin 6 [Source:HGNC Symbol;Acc:11858]\t7.632023171\t7.548671236\t8.71233707\t8.5\n\
    TNMD\t\"5' end, \t2.964585187\t2.777715978\t2.643508048\t2.6\n\
    \tuncharacterised\t5.1\t5.2\t5.3\t5.4\n\
    DPM1\tdolichyl-phosphate mannosyltransferase polypeptide 1\t10.3796\t11.8070\t9.8808\t9.9\n\
    DPM1\ta second probe\t10.1\t10.2\t10.3\t10.4\n";

#[test]
fn the_rma_text_of_gdsc_reads_as_published() {
    for text in [RMA.as_bytes().to_vec(), gzip(RMA), RMA.replace('\n', "\r\n").into_bytes()] {
        let found = read(text).unwrap();
        assert_eq!((found.layout, found.kind), (Layout::GdscRma, IdKind::Cosmic));
        assert_eq!(found.lines, ["906826", "687983", "1503362"]);
        assert_eq!(found.genes, ["TSPAN6", "TNMD", "DPM1"]);
        let expected = array![
            [7.632023171, 2.964585187, 10.3796],
            [7.548671236, 2.777715978, 11.8070],
            [8.71233707, 2.643508048, 9.8808]
        ];
        assert_eq!(found.x, expected);
        assert!(found.x.is_standard_layout());
        assert_eq!(
            listed(&found.exclusions, Subject::Line),
            ["1503362: repeats the line of column 5, with other values; that one is kept"]
        );
        assert_eq!(
            listed(&found.exclusions, Subject::Gene),
            [
                ": the row has no gene symbol",
                "DPM1: the symbol occurs again; line 5 has the greatest variance and is kept"
            ]
        );
        assert_eq!(found.exclusions[2].position, Some(Position::Line(6)));
    }
    // Replicate columns with one name, as some copies have them.
    let plain = read(RMA.replace("DATA.1503362.1", "DATA.1503362")).unwrap();
    assert_eq!(plain.lines.len(), 3);
}

#[test]
fn depmap_expression_reads_as_published() {
    // Up to 24Q4: the first column has no name. Symbols with their Entrez ids.
    let old =
        ",TSPAN6 (7105),TNMD (64102),HLA-A (3105)\nACH-001113,4.33137,0.0,7.36\nACH-001289,4.566815,0.5849625,2.58\n";
    let found = read(old).unwrap();
    assert_eq!((found.layout, found.kind), (Layout::DepMap, IdKind::DepMap));
    assert_eq!(found.genes, ["TSPAN6", "TNMD", "HLA-A"]);
    assert_eq!(found.lines, ["ACH-001113", "ACH-001289"]);
    assert_eq!(found.x, array![[4.33137, 0.0, 7.36], [4.566815, 0.5849625, 2.58]]);
    // From 25Q2 on: columns about profiles, several profiles a model.
    let new = ",SequencingID,ModelID,IsDefaultEntryForModel,ModelConditionID,IsDefaultEntryForMC,TSPAN6 (7105),TNMD (64102)\n\
               0,CDS-010xbm,ACH-001113,Yes,MC-001113-k6mk,Yes,4.33,0.0\n\
               1,CDS-02TzJp,ACH-001113,No,MC-001113-k6mk,No,4.9,0.1\n\
               2,CDS-0b4jBG,ACH-001289,Yes,MC-001289-tMi1,Yes,4.57,0.58\n";
    let found = read(new).unwrap();
    assert_eq!((found.lines.clone(), found.genes.len()), (vec!["ACH-001113".to_string(), "ACH-001289".into()], 2));
    assert_eq!(listed(&found.exclusions, Subject::Line), ["ACH-001113: not the default profile of its model"]);
    assert!(found.notes[0].contains("SequencingID"), "{:?}", found.notes);
}

#[test]
fn own_tables_read_with_any_delimiter_and_as_parquet() {
    let plain = read("model_id,AKT3,ABI1\nACH-000001,-0.066,1e-3\nACH-000002,NA,\n").unwrap();
    assert_eq!((plain.layout, plain.kind), (Layout::LinesInRows, IdKind::DepMap));
    assert_eq!(plain.x.row(0), array![-0.066, 1e-3]);
    assert!(plain.x.row(1).iter().all(|value| value.is_nan()));
    let by_columns = |genes: Vec<Column>| {
        let ids = Column::new("model_id".into(), ["ACH-000001", "ACH-000002"]);
        parquet([vec![ids], genes].concat())
    };
    let as_parquet = by_columns(vec![
        Column::new("AKT3".into(), [Some(-0.066), None]),
        Column::new("ABI1".into(), [Some(1e-3), None]),
    ]);
    for same in [
        "\u{feff}model_id;AKT3;ABI1\r\nACH-000001;-0.066;0.001\r\nACH-000002;;\r\n".as_bytes().to_vec(),
        gzip("# remark\nmodel_id\tAKT3\tABI1\nACH-000001\t-0.066\t0.001\nACH-000002\tNaN\tn/a\n"),
        as_parquet,
        // Genes in rows.
        b"symbol,ACH-000001,ACH-000002\nAKT3,-0.066,\nABI1,0.001,\n".to_vec(),
    ] {
        let found = read(same).unwrap();
        assert_eq!((&found.lines, &found.genes, found.kind), (&plain.lines, &plain.genes, plain.kind));
        assert_eq!(found.x.row(0), plain.x.row(0));
        assert!(found.x.row(1).iter().all(|value| value.is_nan()));
    }
    // Whole numbers, single precision and numbers in text are numbers; other text isn't.
    let mixed = by_columns(vec![
        Column::new("A".into(), [1i64, 2]),
        Column::new("B".into(), [0.5f32, 1.5]),
        Column::new("C".into(), ["3", "4.5"]),
    ]);
    assert_eq!(read(mixed).unwrap().x, array![[1.0, 0.5, 3.0], [2.0, 1.5, 4.5]]);
    let text = by_columns(vec![Column::new("A".into(), ["1", "low"])]);
    let error = read(text).unwrap_err();
    assert_eq!(error.to_string(), "E.csv: row 2: column `A`: found `low`, expected a number");
    let logical = by_columns(vec![Column::new("A".into(), [true, false])]);
    assert!(matches!(*read(logical).unwrap_err().fault, Fault::ParquetType { .. }));
    let infinite = by_columns(vec![Column::new("A".into(), [1.0, f64::INFINITY])]);
    assert!(matches!(*read(infinite).unwrap_err().fault, Fault::NotFinite { .. }));
    // An index that pandas wrote stands last.
    let indexed = parquet(vec![
        Column::new("A".into(), [1.0, 2.0]),
        Column::new("__index_level_0__".into(), ["ACH-000001", "ACH-000002"]),
    ]);
    assert_eq!(read(indexed).unwrap().lines, plain.lines);
}

#[test]
fn a_parquet_file_that_was_cut_or_is_something_else_is_told() {
    let ids = Column::new("model_id".into(), ["a", "b"]);
    let whole = parquet(vec![ids, Column::new("A".into(), [1.0, 2.0])]);
    for cut in [whole.len() - 1, whole.len() / 2, 8] {
        let error = expression(&source("E.parquet", &whole[..cut])).unwrap_err();
        assert!(matches!(*error.fault, Fault::Parquet { .. }), "{cut}: {error}");
    }
    let text = expression(&source("E.parquet", "id,A\na,1\n")).unwrap_err();
    assert!(matches!(*text.fault, Fault::NotParquet) && text.to_string().contains("E.parquet"), "{text}");
    // The content counts, not the name.
    assert_eq!(read(whole).unwrap().dim(), (2, 1));
}

#[test]
fn faults_of_expression_have_place_and_mend() {
    let message = |text: &str| {
        let error = read(text).unwrap_err();
        assert!(error.mend().len() > 10);
        error.to_string()
    };
    let cases = [
        ("", "found an empty file"),
        ("cosmic_id,A,B\n", "found a header but no rows"),
        ("cosmic_id,A,B\n1,2\n3,4,5\n", "E.csv:2: found 2 fields, expected 3 as in the header"),
        ("cosmic_id,A,B\n1,2,3\n4,x,5\n", "E.csv:3: column `A`: found `x`, expected a number"),
        ("cosmic_id,A,B\n1,2,-inf\n", "E.csv:2: column `B`: found -inf, expected a finite number"),
        ("cosmic_id,A,B\n1,2,3\n,5,6\n", "E.csv:3: found no id of the line"),
        ("cosmic_id,A,,B\n1,2,3,4\n", "E.csv:1: column 3 has no name"),
        ("cosmic_id\n1\n", "found one column only"),
        ("cosmic_id,A\n1,2\n3,4\n1,5\n", "E.csv:4: the rows of line `1` differ: here and in line 2"),
        ("1,2,3\n4,5,6\n", "expected a header line"),
        ("GENE_SYMBOLS\tGENE_title\tDATA.1\tDATA.2\nA\tt\t1\tx\n", "E.csv:2: column `DATA.2`: found `x`"),
        ("GENE_SYMBOLS\tGENE_title\tDATA.1\tDATA.2\nA\tt\t1\n", "E.csv:2: found 3 fields, expected 4"),
        ("GENE_SYMBOLS\tGENE_title\n", "found no column for a line"),
        ("GENE_SYMBOLS\tGENE_title\tDATA.1\n\tt\t1\n", "no gene is left of 1"),
    ];
    for (text, expected) in cases {
        let found = message(text);
        assert!(found.contains(expected), "expected `{expected}` in `{found}`");
    }
    // A line that is the same twice counts once; so does a gene.
    let twice = read("cosmic_id,A,B,A\n1,2,3,2\n4,5,6,5\n1,2,3,2\n").unwrap();
    assert_eq!((twice.lines.len(), twice.genes.clone()), (2, vec!["A".to_string(), "B".into()]));
    let reasons: Vec<String> = twice.exclusions.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["line `1`: repeats line 2, which is kept", "gene `A`: the same as column 2, which is kept"]);
    // A text without its last line break may have been cut.
    assert!(read("cosmic_id,A\n1,2\n3,4").unwrap().notes[0].contains("cut off"));
    assert!(read("cosmic_id,A\n1,2\n3,4\n").unwrap().notes.is_empty());
}

/// The header of `GDSC1_fitted_dose_response_27Oct23`, saved as CSV.
const FITTED: &str = "DATASET,NLME_RESULT_ID,NLME_CURVE_ID,COSMIC_ID,CELL_LINE_NAME,SANGER_MODEL_ID,TCGA_DESC,DRUG_ID,DRUG_NAME,\
    PUTATIVE_TARGET,PATHWAY_NAME,COMPANY_ID,WEBRELEASE,MIN_CONC,MAX_CONC,LN_IC50,AUC,RMSE,Z_SCORE\n\
    GDSC1,342,15580432,684057,ES5,SIDM00263,UNCLASSIFIED,136,Mitomycin-C,\"DNA crosslinker, alkylating\",DNA replication,1045,Y,0.01,2.0,3.966813,0.985678,0.026081,1.299144\n\
    GDSC1,342,15580806,684059,ES7,SIDM00269,UNCLASSIFIED,136,Mitomycin-C,\"DNA crosslinker, alkylating\",DNA replication,1045,Y,0.01,2.0,2.692090,0.97269,0.110059,0.156076\n\
    GDSC1,342,15581198,684062,EW-11,SIDM00203,UNCLASSIFIED,133,Doxorubicin,TOP2,DNA replication,1045,Y,0.01,2.0,2.477990,0.944459,0.087019,-0.035912\n\
    GDSC1,342,15581542,684072,SK-ES-1,SIDM01111,UNCLASSIFIED,1007,Docetaxel,MT,Mitosis,1045,Y,0.01,2.0,2.033564,0.950758,0.016290,-0.434437\n\
    GDSC1,342,15581542,684072,SK-ES-1,SIDM01111,UNCLASSIFIED,1819,Docetaxel,MT,Mitosis,1045,Y,0.01,2.0,2.5,0.95,0.01,-0.4\n";

#[test]
fn fitted_dose_responses_of_gdsc_read_as_published() {
    let found = response(FITTED, Some("mitomycin c")).unwrap();
    assert_eq!(
        (found.layout, found.drug.as_str(), found.column.as_str()),
        (ResponseLayout::Long, "Mitomycin-C", "LN_IC50")
    );
    assert_eq!(found.z, [Some(3.966813), Some(2.69209)]);
    let ids = &found.lines.ids[0];
    assert_eq!(
        [IdKind::Cosmic, IdKind::Sanger, IdKind::Name].map(|kind| ids.get(kind)),
        [Some("684057"), Some("SIDM00263"), Some("ES5")]
    );
    assert_eq!(response(FITTED, Some("133")).unwrap().drug, "Doxorubicin");
    let choice = Choice { drug: Some("136".into()), value: Some("z_score".into()), names: None };
    assert_eq!(responses(&source("R.csv", FITTED), &choice).unwrap().z[0], Some(1.299144));
    let message = |drug: Option<&str>| response(FITTED, drug).unwrap_err().to_string();
    assert!(message(Some("docetaxel")).contains("`docetaxel` stands for more than one drug id: 1007, 1819"));
    assert!(message(Some("aspirin")).contains("no drug `aspirin`; there are Docetaxel, Doxorubicin, Mitomycin-C"));
    assert!(message(None).contains("has 4 drugs, and none was named"));
    let choice = Choice { drug: Some("136".into()), value: Some("EC50".into()), names: None };
    let error = responses(&source("R.csv", FITTED), &choice).unwrap_err().to_string();
    assert!(error.contains("R.csv:1: found no column for the response (`EC50`)"), "{error}");
    // As the workbook itself.
    let xlsx = source("R.xlsx", [b"PK\x03\x04\x14\0\x06\0\x08\0", &b"[Content_Types].xml"[..]].concat());
    let error = responses(&xlsx, &Choice::default()).unwrap_err();
    assert!(error.mend().contains("save the sheet as CSV"), "{error}");
}

#[test]
fn wide_responses_find_their_drug_by_name_and_id() {
    // `ic50_gdsc1_v17.csv.gz`: columns are ids; `drugs.csv` names them.
    let wide = "cosmic_id,1,133,136\n683665,,-3.03712,-1.59754\n683667,2.5,-1.02962,\n";
    let drugs = "drug_id,name,target,type,n_lines\n133,Doxorubicin,\"TOP2A, TOP2B\",cytotoxic,900\n136,Mitomycin C,DNA,cytotoxic,900\n";
    let names = Some(drug_names(&source("drugs.csv", drugs)).unwrap());
    let by = |drug: &str, names: Option<DrugNames>| {
        responses(&source("R.csv", gzip(wide)), &Choice { drug: Some(drug.into()), value: None, names })
    };
    assert_eq!(by("136", None).unwrap().z, [Some(-1.59754), None]);
    let named = by("mitomycin-c", names.clone()).unwrap();
    assert_eq!((named.drug.as_str(), named.column.as_str(), named.z[0]), ("Mitomycin C", "136", Some(-1.59754)));
    assert_eq!(by("133", names.clone()).unwrap().drug, "Doxorubicin");
    assert!(by("mitomycin-c", None).unwrap_err().to_string().contains("there are 1, 133, 136"));
    // `four_drugs.csv`: ids of two kinds, a name, a tissue, flags, then drugs and z-scores.
    let four = "cosmic_id,model_id,name,tissue,has_expression,has_tf,doxorubicin,mitomycin_c,doxorubicin_z\n\
                683665,,MC-CAR,myeloma,0,1,-3.0,-1.5,-0.7\n683667,ACH-001711,PFSK-1,nervous_system,1,1,-1.0,1.5,0.4\n";
    let found = response(four, Some("Mitomycin C")).unwrap();
    assert_eq!((found.layout, found.z.clone()), (ResponseLayout::Wide, vec![Some(-1.5), Some(1.5)]));
    assert_eq!(found.lines.kinds(), [IdKind::Cosmic, IdKind::DepMap, IdKind::Name]);
    assert_eq!(found.tissues.unwrap()[1].as_deref(), Some("nervous_system"));
    let none = response(four, None).unwrap_err().to_string();
    assert!(none.contains("has 3 drugs") && none.contains("doxorubicin, mitomycin_c, doxorubicin_z"), "{none}");
    // One drug needs no name.
    assert_eq!(response("line,ln_ic50\nHL60,1\nK562,2\n", None).unwrap().drug, "ln_ic50");
    let bad = response("line,ln_ic50\nHL60,1\nK562,resistant\n", None).unwrap_err().to_string();
    assert_eq!(bad, "R.csv:3: column `ln_ic50`: found `resistant`, expected a number");
    assert!(response("line,ln_ic50\nHL60,inf\n", None).unwrap_err().to_string().contains("found inf"));
}

#[test]
fn lines_join_directly_or_through_a_table_of_ids() {
    let matrix = read("model_id,A,B\nACH-000001,1,2\nACH-000002,3,5\nACH-000003,4,4\nACH-000004,5,1\n").unwrap();
    let ic50 = response("cosmic_id,133\n10,0.1\n20,0.2\n30,0.3\n50,0.5\n", None).unwrap();
    let error = screen(&parts(&matrix, &ic50)).unwrap_err();
    assert_eq!(error.to_string(), "E.csv: has lines by DepMap id (ACH-…), but R.csv by COSMIC id");
    assert!(error.mend().contains("Model.csv"));
    // DepMap's Model.csv: COSMIC ids as pandas writes a column with gaps.
    let model = "ModelID,PatientID,CellLineName,StrippedCellLineName,SangerModelID,COSMICID,OncotreeLineage,PublicComments\n\
        ACH-000001,PT-1,NIH:OVCAR-3,NIHOVCAR3,SIDM00105,10.0,Ovary/Fallopian Tube,\n\
        ACH-000002,PT-2,HL-60,HL60,SIDM00829,20,Myeloid,\"two\nlines, and a comma\"\n\
        ACH-000003,PT-3,CACO2,CACO2,SIDM00891,,Bowel,\n\
        ACH-000004,PT-4,X,X,,30.0,,\n\
        ACH-000004,PT-4,X,X,,50.0,,\n";
    let table = lines(&source("Model.csv", model), None).unwrap();
    assert_eq!(table.tissue.as_deref(), Some("OncotreeLineage"));
    let joined = screen(&Parts { lines: Some(&table), ..parts(&matrix, &ic50) }).unwrap();
    assert_eq!(joined.screen.lines(), ["ACH-000001", "ACH-000002"]);
    assert_eq!(joined.screen.z(), [0.1, 0.2]);
    assert_eq!(joined.screen.x(), array![[1.0, 2.0], [3.0, 5.0]]);
    assert_eq!(
        joined.screen.tissue(),
        Some(&Tissue { names: vec!["Myeloid".into(), "Ovary/Fallopian Tube".into()], codes: vec![1, 0] })
    );
    assert_eq!(
        listed(&joined.exclusions, Subject::Line),
        ["ACH-000003: no COSMIC id is known for the line", "ACH-000004: several ids are known for the line: 30, 50"]
    );
    assert_eq!(
        listed(&joined.exclusions, Subject::Response),
        ["30: a response for a line without expression", "50: a response for a line without expression"]
    );
    assert_eq!(joined.notes, ["R.csv: lines found by COSMIC id, through Model.csv"]);
    // Two models of one line.
    let shared =
        lines(&source("Model.csv", "ModelID,COSMICID\nACH-000001,10\nACH-000002,20\nACH-000003,10\n"), None).unwrap();
    let joined = screen(&Parts { lines: Some(&shared), ..parts(&matrix, &ic50) }).unwrap();
    assert!(listed(&joined.exclusions, Subject::Line)[0].contains("has the same id in the other file as `ACH-000001`"));
    assert!(joined.screen.tissue().is_none());
    // A first column without a known name is compared with every kind of id.
    let own = read("id,A\n10,1\n20,2\n77,3\n").unwrap();
    assert_eq!(own.kind, IdKind::Own);
    assert_eq!(screen(&parts(&own, &ic50)).unwrap().screen.lines(), ["10", "20"]);
    let other = response("id,drug\nx,1\ny,2\n", None);
    // `drug` over a column makes a long table, which needs a column of responses.
    assert!(other.unwrap_err().to_string().contains("found no column for the response"));
    let other = response("id,dox\nx,1\ny,2\n", None).unwrap();
    assert!(matches!(*screen(&parts(&own, &other)).unwrap_err().fault, Fault::NothingInCommon { .. }));
}

#[test]
fn everything_left_out_is_listed_with_its_reason() {
    let matrix =
        read("cosmic_id,A,B,FLAT,HOLES\n1,1,2,5,\n2,2,1,5,\n3,4,7,5,1\n4,,,,\n5,5,5,6,2\n6,7,9,5,3\n2,2,1,5,\n")
            .unwrap();
    let ic50 = response("cosmic_id,dox\n1,0.1\n2,0.2\n3,0.3\n4,0.4\n5,\n6,NA\n9,0.9\n10,\n3,0.3\n", None).unwrap();
    let joined = screen(&parts(&matrix, &ic50)).unwrap();
    assert_eq!(
        (joined.screen.lines(), joined.screen.genes()),
        (&["1", "2", "3"].map(String::from)[..], &["A", "B"].map(String::from)[..])
    );
    assert_eq!(
        listed(&joined.exclusions, Subject::Line),
        [
            "2: repeats line 3, which is kept",
            "5: no response to the drug",
            "6: no response to the drug",
            "4: 4 of 4 values are missing"
        ]
    );
    // Line 5 alone varied there, and has no response.
    assert_eq!(
        listed(&joined.exclusions, Subject::Gene),
        ["HOLES: 2 of 3 values are missing", "FLAT: 5 in all lines used"]
    );
    assert_eq!(
        listed(&joined.exclusions, Subject::Response),
        ["3: repeats line 4, which is kept", "9: a response for a line without expression"]
    );
    assert_eq!(summary(&joined.exclusions)[0], (Subject::Line, "duplicate", 1));
    // A response that contradicts itself can't be left out: which one is right?
    let twice = response("cosmic_id,dox\n1,0.1\n2,0.2\n1,0.4\n", None).unwrap();
    let error = screen(&parts(&matrix, &twice)).unwrap_err().to_string();
    assert_eq!(error, "R.csv:4: column `dox`: line `1` has 0.4 here and 0.1 in line 2");
    let one = response("cosmic_id,dox\n1,0.1\n2,\n", None).unwrap();
    assert!(matches!(*screen(&parts(&matrix, &one)).unwrap_err().fault, Fault::TooFewLines { left: 1, total: 6 }));
    let flat = read("cosmic_id,A\n1,3\n2,3\n").unwrap();
    assert!(matches!(*screen(&parts(&flat, &ic50)).unwrap_err().fault, Fault::NoGenes { total: 1 }));
}

#[test]
fn tissues_come_from_their_own_table_first_and_may_be_unknown() {
    let matrix = read("cosmic_id,A\n1,1\n2,2\n3,4\n").unwrap();
    let ic50 = response("cosmic_id,tissue,dox\n1,skin,0.1\n2,lung,0.2\n3,,0.3\n", None).unwrap();
    let joined = screen(&parts(&matrix, &ic50)).unwrap();
    let names = |joined: &Joined| joined.screen.tissue().unwrap().names.clone();
    assert_eq!(names(&joined), ["lung", NO_TISSUE, "skin"]);
    assert!(joined.notes[1].contains("1 lines have no tissue"), "{:?}", joined.notes);
    let own = lines(&source("T.csv", "cosmic_id,origin\n1,a\n2,a\n3,b\n"), None).unwrap();
    assert_eq!(names(&screen(&Parts { tissue: Some(&own), ..parts(&matrix, &ic50) }).unwrap()), ["a", "b"]);
    let twice = lines(&source("T.csv", "cosmic_id,tissue\n1,a\n2,a\n3,b\n1,b\n"), None).unwrap();
    let error = screen(&Parts { tissue: Some(&twice), ..parts(&matrix, &ic50) }).unwrap_err().to_string();
    assert_eq!(error, "T.csv:5: line `1` has `b` here and `a` in line 2");
    let named = lines(&source("T.csv", "cosmic_id,x,y\n1,a,b\n"), Some("y")).unwrap();
    assert_eq!(named.tissues, Some(vec![Some("b".into())]));
    assert!(lines(&source("T.csv", "cosmic_id,x,y\n1,a,b\n"), Some("z")).unwrap_err().to_string().contains("`z`"));
}

#[test]
fn folds_must_cover_and_agree() {
    let matrix = read("cosmic_id,A\n1,1\n2,2\n3,4\n").unwrap();
    let ic50 = response("cosmic_id,dox,dox_z\n1,0.1,1\n2,0.2,2\n3,0.3,3\n", Some("dox")).unwrap();
    let with = |text: &str, set: Option<&str>| {
        let table = folds(&source("F.csv", text)).unwrap();
        screen(&Parts { folds: Some(&table), feature_set: set, ..parts(&matrix, &ic50) })
    };
    let message = |text: &str| with(text, None).unwrap_err().to_string();
    let joined = with("cosmic_id,fold\n1,10\n2,9\n3,10\n8,9\n", None).unwrap();
    // Numbers go by their size, not by their text.
    assert_eq!(joined.screen.fold_of(), Some(&[1, 0, 1][..]));
    assert_eq!(listed(&joined.exclusions, Subject::Fold), ["8: a fold for a line that is not in the screen"]);
    assert_eq!(with("cosmic_id,fold\n1,a\n2,b\n3,a\n", None).unwrap().screen.fold_of(), Some(&[0, 1, 0][..]));
    assert_eq!(message("cosmic_id,fold\n1,0\n2,1\n"), "F.csv: 1 of the 3 lines used have no fold, the first is `3`");
    assert_eq!(
        message("cosmic_id,fold\n1,0\n2,1\n3,0\n1,1\n"),
        "F.csv:5: line `1` has fold 1 here and fold 0 in line 2"
    );
    assert!(message("cosmic_id,fold\n1,0\n2,0\n3,0\n").contains("found fold `0`, and no other"));
    assert!(with("cosmic_id,fold\n1,0\n2,1\n3,0\n1,0\n", None).is_ok());
    let several =
        "features,drug,cosmic_id,fold\na,dox,1,0\na,dox,2,1\na,dox,3,1\nb,dox,1,1\nb,dox,2,0\nb,dox,3,0\nb,mmc,1,0\n";
    assert!(message(several).contains("several feature sets (a, b)"));
    assert_eq!(with(several, Some("b")).unwrap().screen.fold_of(), Some(&[1, 0, 0][..]));
    assert!(with(several, Some("c")).unwrap_err().to_string().contains("the feature set `c`; there are a, b"));
    // A z-score has the folds of its drug.
    let z = response("cosmic_id,dox,dox_z\n1,0.1,1\n2,0.2,2\n3,0.3,3\n", Some("dox_z")).unwrap();
    let table = folds(&source("F.csv", several)).unwrap();
    let joined = screen(&Parts { folds: Some(&table), feature_set: Some("b"), ..parts(&matrix, &z) }).unwrap();
    assert_eq!((joined.screen.fold_of(), joined.screen.z()), (Some(&[1, 0, 0][..]), &[1.0, 2.0, 3.0][..]));
    let other = folds(&source("F.csv", "drug,cosmic_id,fold\nmmc,1,0\nmmc,2,1\n")).unwrap();
    let error = screen(&Parts { folds: Some(&other), ..parts(&matrix, &ic50) }).unwrap_err().to_string();
    assert!(error.contains("no folds for the drug `dox`; there are mmc"), "{error}");
    assert!(folds(&source("F.csv", "cosmic_id,x,y\n1,0,1\n")).unwrap_err().to_string().contains("the fold"));
    assert!(
        folds(&source("F.csv", "cosmic_id,fold\n1,\n")).unwrap_err().to_string().contains("F.csv:2: column `fold`")
    );
}

#[test]
fn links_are_pairs_in_alphabetic_order() {
    let found = interactions(&source("p.csv", "a,b\nRB1,ABL1\nCDKN2A,MDM2\nABL1,RB1\n")).unwrap();
    assert_eq!(found, [("ABL1".into(), "RB1".into()), ("CDKN2A".into(), "MDM2".to_string())]);
    assert!(interactions(&source("p.csv", "a,b\nTP53,TP53\n")).unwrap_err().to_string().contains("p.csv:2"));
    assert!(
        interactions(&source("p.csv", "a,b\nTP53,\n")).unwrap_err().to_string().contains("p.csv:2: found an empty")
    );
}

#[test]
fn a_missing_file_is_named() {
    let error = expression(&Source::path(std::path::Path::new("nowhere/E.csv"))).unwrap_err();
    assert!(matches!(*error.fault, Fault::Io(_)) && error.to_string().contains("nowhere/E.csv"), "{error}");
}

#[test]
fn the_shipped_screens_have_the_sizes_of_the_reference() {
    let Some(library) = test_data::library(CASE) else { return };
    let sizes = |features| {
        Drug::ALL.map(|drug| {
            let joined = shipped(&library, features, drug).unwrap();
            let screen = joined.screen;
            assert_eq!(screen.fold_count(), Some(5));
            assert_eq!(screen.drug(), drug.label());
            assert!(screen.tissue().unwrap().names.len() > 15);
            // Every line of the folds is used, and no other.
            assert!(joined.exclusions.iter().all(|exclusion| exclusion.subject != Subject::Fold));
            assert!(joined.exclusions.iter().all(|exclusion| exclusion.subject != Subject::Gene));
            (screen.n(), screen.p())
        })
    };
    assert_eq!(sizes(Features::Expr706), [526, 526, 544, 492].map(|n| (n, 706)));
    assert_eq!(sizes(Features::Tf127), [877, 878, 919, 843].map(|n| (n, 127)));
    let links = published_links(&library).unwrap();
    assert_eq!(links.len(), 1575);
}

#[test]
fn the_shipped_tables_agree_with_one_another() {
    let Some(library) = test_data::library(CASE) else { return };
    let open = |name| Source::of_library(&library, name).unwrap();
    let names = Some(drug_names(&open("drugs.csv")).unwrap());
    let wide = Choice { drug: Some("Mitomycin C".into()), value: None, names };
    let wide = responses(&open("ic50_gdsc1_v17.csv.gz"), &wide).unwrap();
    let four = Choice { drug: Some("mitomycin_c".into()), ..Choice::default() };
    let four = responses(&open("four_drugs.csv"), &four).unwrap();
    assert_eq!((wide.z.len(), four.z.len()), (988, 988));
    let by: std::collections::HashMap<&str, Option<f64>> =
        wide.lines.ids.iter().zip(&wide.z).map(|(ids, z)| (ids.get(IdKind::Cosmic).unwrap(), *z)).collect();
    for (ids, z) in four.lines.ids.iter().zip(&four.z) {
        assert_eq!(by[ids.get(IdKind::Cosmic).unwrap()], *z);
    }
    // 706 genes by DepMap id against the wide table by COSMIC id, through cell_lines.csv.
    let matrix = expression(&open("expression_ccle_706.csv.gz")).unwrap();
    let table = lines(&open("cell_lines.csv"), None).unwrap();
    let joined = screen(&Parts { lines: Some(&table), ..parts(&matrix, &wide) }).unwrap();
    assert_eq!((joined.screen.n(), matrix.dim()), (526, (580, 706)));
    assert_eq!(listed(&joined.exclusions, Subject::Line).len(), 580 - 526);
}
