//! One configuration key, and the macro that declares a section of them.
//!
//! A section is declared once: its struct, the parsing, the default, the name of the environment variable and the row
//! of `docs/config.md` all come from that declaration, so they can't disagree.

/// A key of the configuration, as documented and looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Dotted path in the TOML file.
    pub(crate) path: &'static str,
    /// What a value looks like, in a few words.
    pub(crate) kind: &'static str,
    /// The value when nothing sets it, in the form a person would write.
    pub(crate) default: &'static str,
    /// What it does; the first space is an artefact of doc comments and trimmed on output.
    pub(crate) doc: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    #[must_use]
    pub(crate) fn env(&self) -> String {
        format!("ALMANAC_{}", self.path.replace('.', "_").to_uppercase())
    }
}

/// Declares a section: a struct whose fields each have a documented default.
macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident at $prefix:literal {
        $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:literal,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl $name {
            /// What the section is about, for the documentation.
            pub(crate) const ABOUT: &'static str = concat!($($about),+);

            /// The section's keys in the order of the documentation.
            pub(crate) const KEYS: &'static [$crate::config::key::Key] = &[$(
                $crate::config::key::Key {
                    path: concat!($prefix, stringify!($field)),
                    kind: <$type as $crate::config::value::Value>::KIND,
                    default: $default,
                    doc: concat!($($doc),+),
                },
            )+];

            /// Takes the section out of the merged settings; every bad value is noted, not only the first.
            pub(crate) fn read(settings: &mut $crate::config::layer::Settings) -> Option<Self> {
                $(let $field = settings.take::<$type>(concat!($prefix, stringify!($field)));)+
                Some(Self { $($field: $field?,)+ })
            }

            /// Each key with its effective value, secrets masked.
            pub(crate) fn show(&self) -> Vec<(&'static str, String)> {
                vec![$((
                    concat!($prefix, stringify!($field)),
                    $crate::config::value::Value::show(&self.$field),
                ),)+]
            }
        }
    };
}

pub(crate) use section;
