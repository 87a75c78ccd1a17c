//! Names and values as forms and addresses have them (WHATWG URL, application/x-www-form-urlencoded).

/// The pairs of a query or a form, values as they were typed.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, decoded(value)))
}

/// A value as it was typed; what is no UTF-8 is replaced.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            (other, _) => {
                bytes.push(*other);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_they_were_typed() {
        let read = |text| pairs(text).map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>();
        assert_eq!(read("name=Franca+P%C3%B2&x&y="), ["name:Franca Pò", "y:"]);
        assert_eq!(read("name=%zz%4"), ["name:%zz%4"]);
    }
}
