// A passkey needs a script and a browser that knows it: without them the button is not there.
const button = document.getElementById('passkey_login')
button.hidden = !window.PublicKeyCredential
document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  document.getElementById('passkey-failed').hidden = false
})
