//! `TracezipConfig`: settings of a compressor, checked when they are made.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tracezip::TracezipConfig;

use crate::dictionary::Dictionary;
use crate::error;

/// Settings of a TraceCompressor, checked when they are made. Immutable; equal if all settings are.
///
/// enabled: whether to compress at all; if not, every batch is stored in a frame as it is.
/// min_batch_size: fewest spans for which a batch is compressed that nothing was learnt for yet.
/// max_string_table_size: most entries of the string table, from 16.
/// enable_delta_encoding: whether times and numbers are coded as differences.
/// enable_dedup: whether spans are predicted from earlier spans of their kind.
/// level: 1 (fast) to 9 (small).
/// max_state_bytes: most bytes of state, from 1 MiB to 1 GiB.
/// predict_ids: whether ids are predicted from the generators that they are drawn from.
/// dictionary: what frames that build on nothing else begin with; whoever reads them must hold it too.
///
/// Raises InvalidConfigError, which names the setting that is out of range.
#[pyclass(name = "TracezipConfig", module = "tracezip", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Config(pub(crate) TracezipConfig);

impl Config {
    /// The defaults with another level and a dictionary.
    pub(crate) fn of_level(py: Python<'_>, level: i64, dictionary: Option<&Dictionary>) -> PyResult<TracezipConfig> {
        let dictionary = dictionary.map(|dictionary| dictionary.0.clone());
        let built = TracezipConfig::builder().level(number(py, "level", level)?).dictionary(dictionary).build();
        built.map_err(|error| error::of_core(py, &error))
    }
}

/// A number of Python's as a setting.
fn number<T: TryFrom<i64>>(py: Python<'_>, name: &str, value: i64) -> PyResult<T> {
    T::try_from(value).map_err(|_| error::invalid_config(py, &format!("{name} cannot be {value}")))
}

#[pymethods]
impl Config {
    #[new]
    #[pyo3(signature = (
        *,
        enabled = true,
        min_batch_size = 10,
        max_string_table_size = 10_000,
        enable_delta_encoding = true,
        enable_dedup = true,
        level = 3,
        max_state_bytes = 8 << 20,
        predict_ids = true,
        dictionary = None,
    ))]
    #[allow(clippy::too_many_arguments)] // keywords, all of them optional
    fn new(
        py: Python<'_>,
        enabled: bool,
        min_batch_size: i64,
        max_string_table_size: i64,
        enable_delta_encoding: bool,
        enable_dedup: bool,
        level: i64,
        max_state_bytes: i64,
        predict_ids: bool,
        dictionary: Option<&Bound<'_, Dictionary>>,
    ) -> PyResult<Self> {
        TracezipConfig::builder()
            .enabled(enabled)
            .min_batch_size(number(py, "min_batch_size", min_batch_size)?)
            .max_string_table_size(number(py, "max_string_table_size", max_string_table_size)?)
            .enable_delta_encoding(enable_delta_encoding)
            .enable_dedup(enable_dedup)
            .level(number(py, "level", level)?)
            .max_state_bytes(number(py, "max_state_bytes", max_state_bytes)?)
            .predict_ids(predict_ids)
            .dictionary(dictionary.map(|dictionary| dictionary.get().0.clone()))
            .build()
            .map(Config)
            .map_err(|error| error::of_core(py, &error))
    }

    #[getter]
    fn enabled(&self) -> bool {
        self.0.enabled()
    }

    #[getter]
    fn min_batch_size(&self) -> usize {
        self.0.min_batch_size()
    }

    #[getter]
    fn max_string_table_size(&self) -> usize {
        self.0.max_string_table_size()
    }

    #[getter]
    fn enable_delta_encoding(&self) -> bool {
        self.0.enable_delta_encoding()
    }

    #[getter]
    fn enable_dedup(&self) -> bool {
        self.0.enable_dedup()
    }

    #[getter]
    fn level(&self) -> u8 {
        self.0.level()
    }

    #[getter]
    fn max_state_bytes(&self) -> usize {
        self.0.max_state_bytes()
    }

    #[getter]
    fn predict_ids(&self) -> bool {
        self.0.predict_ids()
    }

    #[getter]
    fn dictionary(&self) -> Option<Dictionary> {
        self.0.dictionary().cloned().map(Dictionary)
    }

    /// All settings by name.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("enabled", self.enabled())?;
        dict.set_item("min_batch_size", self.min_batch_size())?;
        dict.set_item("max_string_table_size", self.max_string_table_size())?;
        dict.set_item("enable_delta_encoding", self.enable_delta_encoding())?;
        dict.set_item("enable_dedup", self.enable_dedup())?;
        dict.set_item("level", self.level())?;
        dict.set_item("max_state_bytes", self.max_state_bytes())?;
        dict.set_item("predict_ids", self.predict_ids())?;
        dict.set_item("dictionary", self.dictionary())?;
        Ok(dict)
    }

    /// The same with these settings changed.
    #[pyo3(signature = (**changes))]
    fn replace<'py>(&self, py: Python<'py>, changes: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, PyAny>> {
        let settings = self.as_dict(py)?;
        if let Some(changes) = changes {
            settings.update(changes.as_mapping())?;
        }
        py.get_type::<Config>().call((), Some(&settings))
    }

    /// For pickle and copy.
    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.as_dict(py)?))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.0).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        repr(&self.as_dict(py)?, "TracezipConfig")
    }
}

/// The call that would make such an object.
pub(crate) fn repr(fields: &Bound<'_, PyDict>, class: &str) -> PyResult<String> {
    let field = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| Ok(format!("{name}={}", value.repr()?));
    let fields: PyResult<Vec<String>> = fields.iter().map(field).collect();
    Ok(format!("{class}({})", fields?.join(", ")))
}
